// The kubernetes double against a real API server: applied, awaited, drift seen, deleted.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Kube, core } from '../../../operator/framework/index.ts'
import {
  type EngineProvider,
  InitError,
  type Props,
} from '../../../operator/engine/embedded/provider.ts'
import { kubernetesProvider } from '../../sandbox/providers/kubernetes/provider.ts'
import { type TestPlane, startTestPlane } from '../../support/test-plane.ts'
import { Living } from './life-cycle.ts'

let plane: TestPlane
let kube: Kube
let provider: EngineProvider

beforeAll(async () => {
  plane = await startTestPlane({ controllerManager: true })
  kube = plane.kube
  provider = kubernetesProvider({
    env: { CRATEKUBE_POLL_MS: '50', KUBECONFIG: plane.control.kubeconfigPath },
  })
  // As the add-ons program does it: the ambient kubeconfig, no token in the inputs.
  await provider.configure?.({})
})
afterAll(() => plane?.stop())

const living = (inputs: Props, name = 'x') =>
  new Living(provider, `kubernetes:${String(inputs['apiVersion'])}:${String(inputs['kind'])}`, name)
const made = (inputs: Props, name?: string) => living(inputs, name).create(inputs)

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
  const password = await made({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'web' }, stringData: { a: 'hidden' } }) // prettier-ignore
  expect(JSON.stringify(password.outputs['data'])).toContain('1b47061264138c4ac30d75fd1eb44270')
  await password.update({ stringData: { a: 'other' } })
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
  expect(found).toMatchObject({ changes: true, diffs: ['data'], deleteBeforeReplace: true })
  await object.remove()
})

test('what never gets ready fails, and says what is missing', async () => {
  const inputs = workload('Deployment', 'never', { replicas: 1 })
  const { urn } = living(inputs)
  const error = await provider
    .create?.(urn, inputs, { timeoutSeconds: 1, preview: false })
    .catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(InitError)
  expect(error).toMatchObject({ id: 'default/never' })
  expect(String(error)).toMatch(/0 of 1 replicas/)
  const skipped = { ...inputs, metadata: { ...inputs.metadata, annotations: { 'pulumi.com/skipAwait': 'true' } } } // prettier-ignore
  const object = { urn, id: 'default/never' }
  const options = { timeoutSeconds: 30, preview: false, oldInputs: inputs, ignoreChanges: [] }
  await provider.update?.(object, { ...inputs, __fieldManager: 'again' }, skipped, options)
})

test('an object that somebody else made is not taken over', async () => {
  await kube.create(core.configMap, configMap('taken', { a: '1' }))
  await expect(made(configMap('taken', { a: '2' }))).rejects.toThrow('"taken" already exists')
})

test('cancel ends the waiting', async () => {
  const other = kubernetesProvider({ env: { CRATEKUBE_POLL_MS: '50', KUBECONFIG: plane.control.kubeconfigPath } })
  const inputs = workload('Deployment', 'cancelled', { replicas: 1 })
  const call = other.create?.(living(inputs).urn, inputs, { timeoutSeconds: 60, preview: false })
  const failed = expect(call).rejects.toThrow(/canceled/)
  await other.cancel?.()
  await failed
}) // prettier-ignore
