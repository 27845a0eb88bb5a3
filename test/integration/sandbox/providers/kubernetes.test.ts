// The kubernetes double and the official plugin against a real API server, in the same cases: applied, awaited, drift seen,
// refused, deleted. What the plugin does, the double has to do.
import { dirname } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { awsProgramFaults } from '../../../../operator/aws/faults/program-faults.ts'
import { type Kube, core } from '../../../../operator/framework/index.ts'
import {
  type EngineProvider,
  InitError,
} from '../../../../operator/engine/embedded/providers/provider.ts'
import type { Props } from '../../../../operator/engine/embedded/values/props.ts'
import { kubernetesProvider } from '../../../sandbox/providers/kubernetes/provider.ts'
import { startPlugin } from '../../../../operator/engine/embedded/providers/plugin-client.ts'
import type { LoadedProvider } from '../../../../operator/engine/embedded/providers/providers.ts'
import { classifyFailure } from '../../../../operator/engine/faults/faults.ts'
import { addonFaults } from '../../../../programs/addons/index.ts'
import { ensureTools } from '../../../sandbox/tools/ensure.ts'
import { type TestPlane, startTestPlane } from '../../../support/test-plane.ts'
import { Living } from './life-cycle.ts'

let plane: TestPlane
let kube: Kube

beforeAll(async () => {
  plane = await startTestPlane({ controllerManager: true })
  kube = plane.kube
  // As the add-ons program does it: the ambient kubeconfig, no token in the inputs.
  vi.stubEnv('KUBECONFIG', plane.control.kubeconfigPath)
  vi.stubEnv('CRATEKUBE_POLL_MS', '50')
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await plane?.stop()
})

const double = (): Promise<LoadedProvider> =>
  Promise.resolve({ provider: kubernetesProvider({ env: process.env }) })

async function plugin(): Promise<LoadedProvider> {
  const { version } = kubernetesProvider({ env: {} })
  const folder = dirname(
    (await ensureTools(['pulumi-resource-kubernetes'])).path('pulumi-resource-kubernetes'),
  )
  return startPlugin({ package: 'kubernetes', version, url: '' }, [
    { name: 'kubernetes', version, folder },
  ])
}

/** Controllers write the status, and the bookkeeping of server-side apply is the API server's. */
function lasting({ status: _status, metadata, ...outputs }: Props): Props {
  const {
    managedFields: _fields,
    resourceVersion: _version,
    generation: _generation,
    ...kept
  } = metadata as Props
  return { ...outputs, metadata: kept }
}

const provider = { ...awsProgramFaults, causes: [...addonFaults, ...awsProgramFaults.causes] }
const faultOf = (error: unknown) => classifyFailure(error, [], { provider })

/** The plugin names the very place, the double its field. */
const fieldsOf = (paths: readonly string[] = []) => [
  ...new Set(paths.map((path) => path.split('.')[0])),
]

describe.each([
  { name: 'double', open: double },
  { name: 'plugin', open: plugin },
])('the $name', ({ name, open }) => {
  let provider: EngineProvider
  let byDefault: EngineProvider
  const running: LoadedProvider[] = []
  beforeAll(async () => {
    provider = await opened({ enableConfigMapMutable: 'true', upsertExistingObjects: 'true' })
    byDefault = await opened({})
  })
  afterAll(async () => {
    for (const { close } of running) await close?.()
  })

  async function opened(settings: Props): Promise<EngineProvider> {
    const loaded = await open()
    running.push(loaded)
    await loaded.provider.configure?.(settings)
    return loaded.provider
  }

  const typeOf = ({ apiVersion, kind }: Props) =>
    `kubernetes:${String(apiVersion) === 'v1' ? 'core/v1' : String(apiVersion)}:${String(kind)}`
  const living = (inputs: Props, name = 'x') => new Living(provider, typeOf(inputs), name, lasting)
  const made = (inputs: Props, name?: string) => living(inputs, name).create(inputs)
  const refusal = (inputs: Props, timeoutSeconds = 5) => {
    const call = provider.create?.(living(inputs).urn, inputs, { timeoutSeconds, preview: false })
    return call?.then(
      () => 'made',
      (error: unknown) => error,
    )
  }

  const configMap = (name: string, data: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'default' },
    data,
  })
  const workload = (kind: string, name: string, spec: Props) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name, namespace: 'default' },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'x' }] } },
    ...spec,
  },
}) // prettier-ignore

  test('objects are made, changed and deleted, each awaited', async () => {
    const namespace = await made({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web' } })
    expect(namespace.id).toBe('web')
    await namespace.update({ metadata: { name: 'web', labels: { team: 'a' } } })
    const settings = await made({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace: 'web' }, data: { a: '1' } }) // prettier-ignore
    expect(settings.id).toMatch(/^web\/x-[0-9a-f]{8}$/)
    const password = await made({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'web' }, data: { a: 'aGlkZGVu' } }) // prettier-ignore
    expect(JSON.stringify(password.outputs['data'])).toContain('1b47061264138c4ac30d75fd1eb44270')
    const deployment = await made(workload('Deployment', 'web', { replicas: 0 }))
    await deployment.update({ spec: { ...workload('Deployment', 'web', { replicas: 0 }).spec, minReadySeconds: 5 } }) // prettier-ignore
    const daemons = await made(workload('DaemonSet', 'agent', {}))
    for (const object of [daemons, deployment, password, settings, namespace]) await object.remove()
  })

  test('a custom object can be made as soon as its definition is established', async () => {
    const schema = {
      openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    }
    const definition = await made({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.io' },
    spec: { group: 'example.io', names: { plural: 'widgets', kind: 'Widget' }, scope: 'Namespaced', versions: [{ name: 'v1', served: true, storage: true, schema }] },
  }) // prettier-ignore
    const widget = await made({ apiVersion: 'example.io/v1', kind: 'Widget', metadata: { name: 'w', annotations: { 'pulumi.com/deletionPropagationPolicy': 'background' } }, spec: { size: 1 } }) // prettier-ignore
    expect(widget.id).toBe('default/w')
    await widget.update({ spec: { size: 2 } })
    await widget.remove()
    await definition.remove()
  })

  test('a change made by somebody else is seen by a refresh', async () => {
    const object = await made(configMap('drift', { a: '1' }))
    await kube.patch(core.configMap, { name: 'drift', namespace: 'default' }, { data: { a: '9', b: 'x' } }, { type: 'merge' }) // prettier-ignore
    const seen = await provider.read?.(object, object.outputs, object.inputs)
    expect(seen?.inputs).toMatchObject({ data: { a: '9' } })
    const options = { oldInputs: seen?.inputs ?? {}, ignoreChanges: [] }
    const found = await provider.diff?.(object, seen?.outputs ?? {}, object.inputs, options)
    expect(found).toMatchObject({ changes: true, replaces: [] })
    expect(fieldsOf(found?.diffs)).toEqual(['data'])
    await object.remove()
  })

  test.each(['ConfigMap', 'Secret'])(
    'data of a %s is another object, unless it is called mutable',
    async (kind) => {
      const inputs = { ...configMap('mutable', { a: 'MQ==' }), kind }
      const changed = { ...inputs, data: { a: 'Mg==' } }
      const options = { oldInputs: inputs, ignoreChanges: [] }
      const object = { urn: living(inputs).urn, id: 'default/mutable' }
      const [mutable, other] = await Promise.all([
        provider.diff?.(object, inputs, changed, options),
        byDefault.diff?.(object, inputs, changed, options),
      ])
      expect(fieldsOf(mutable?.replaces)).toEqual(kind === 'Secret' ? ['data'] : [])
      expect(fieldsOf(other?.replaces)).toEqual(['data'])
      expect(other?.deleteBeforeReplace).toBe(true)
    },
  )

  test('what never gets ready fails when its time is over, also where Kubernetes has given it up', async () => {
    for (const given of [{}, { progressDeadlineSeconds: 1 }]) {
      const inputs = workload('Deployment', 'never', { replicas: 1, ...given })
      const error = await refusal(inputs, 3)
      expect(error).toBeInstanceOf(InitError)
      const text = `resource "${living(inputs).urn}" was successfully created, but the Kubernetes API server reported that it failed to fully initialize or become live: 'never' timed out waiting to be Ready`
      expect(error).toMatchObject({ id: 'default/never', message: text })
      const [first, ...missing] = (error as InitError).reasons // as expected above
      expect(first).toBe(text)
      expect(missing.join()).toMatch(/of 1 replicas|Minimum number of live Pods/)
    }
    const inputs = workload('Deployment', 'never', { replicas: 1 })
    const skipped = { ...inputs, metadata: { ...inputs.metadata, annotations: { 'pulumi.com/skipAwait': 'true' } } } // prettier-ignore
    const object = { urn: living(inputs).urn, id: 'default/never' }
    const options = { timeoutSeconds: 30, preview: false, oldInputs: inputs, ignoreChanges: [] }
    await provider.update?.(object, { ...inputs, __fieldManager: 'again' }, skipped, options)
    await kube.delete(core.deployment, { name: 'never', namespace: 'default' })
  })

  test('a field that somebody else owns is not taken, unless it is told to', async () => {
    const inputs = configMap(`owned-${name}`, { a: '1' })
    const theirs = configMap(`owned-${name}`, { a: '9' })
    await kube.apply(core.configMap, theirs, { fieldManager: 'other' })
    const text = String(await refusal(inputs))
    expect(text).toContain('was not successfully created by the Kubernetes API server: Server-Side Apply field conflict detected.') // prettier-ignore
    expect(text).toContain('Apply failed with 1 conflict: conflict with "other": .data.a')
    const annotations = { 'pulumi.com/patchForce': 'true' }
    await made({ ...inputs, metadata: { ...inputs.metadata, annotations } })
  })

  test('what the API server refuses is said in its words', async () => {
    const inputs = configMap('autofs-maps', { a: 'x'.repeat(2 ** 20 + 1) })
    expect(String(await refusal(inputs))).toContain('was not successfully created by the Kubernetes API server: ConfigMap "autofs-maps" is invalid: []: Too long: may not be more than 1048576 bytes') // prettier-ignore
    expect(faultOf(await refusal(inputs))).toMatchObject({
      code: 'InvalidInput',
      inputPath: 'spec.autofs.maps',
    })
  })

  test('an API server that is away is said to be so, whatever is done', async () => {
    const away = await opened({
      kubeconfig: plane.kubeconfig.replace(/server: .*/, 'server: https://127.0.0.1:9'),
    })
    const inputs = configMap('away', { a: '1' })
    const outputs = { ...inputs, __fieldManager: 'x', __initialApiVersion: 'v1' }
    const object = { urn: living(inputs).urn, id: 'default/away' }
    const options = { timeoutSeconds: 5, preview: false, oldInputs: inputs, ignoreChanges: [] }
    const calls = {
      create: () => away.create?.(object.urn, inputs, options),
      update: () => away.update?.(object, outputs, inputs, options),
      read: () => away.read?.(object, outputs, inputs),
      delete: () => away.delete?.(object, outputs, options),
    }
    for (const [call, make] of Object.entries(calls)) {
      const error = await make()?.then(
        () => call,
        (reason: unknown) => reason,
      )
      expect(faultOf(error), call).toMatchObject({ code: 'Unreachable', retryable: true })
    }
  })

  test('cancel ends the waiting', async () => {
  const other = await opened({})
  const inputs = workload('Deployment', 'cancelled', { replicas: 1 })
  const call = other.create?.(living(inputs).urn, inputs, { timeoutSeconds: 60, preview: false })
  const failed = expect(call).rejects.toThrow(/canceled/)
  await other.cancel?.()
  await failed
}) // prettier-ignore
})
