// Credentials live as long as they are needed: Secrets, namespaces and their controllers are the real ones, and so is the
// manager. A worker that deletes reads the Secret as ours does.
import { credentialsRefOf } from '../../../../operator/api/tenant/provider.ts'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { core } from '../../../../operator/framework/index.ts'
import { tenantKind, type TenantObject } from '../../../../operator/jobs/queue/tenant-kind.ts'
import type { Run } from '../../../../operator/jobs/worker/operation.ts'
import { waitFor } from '../../../sandbox/machine/wait.ts'
import { awsKeys, isReady, plainSpec, succeededWith } from '../../../support/control-bench.ts'
import { changed, tenantManifest } from '../../../support/tenant-cluster.ts'
import { startScriptedBench, type ScriptedBench } from './scripted-bench.ts'

const finalizer = 'cratekube.io/credentials'
let bench: ScriptedBench

beforeAll(async () => {
  bench = await startScriptedBench({ controllerManager: true })
})
afterAll(() => bench?.stop())
afterEach(() => {
  bench.seen.splice(0)
  bench.execute = succeeds
})

/** As a worker does: without credentials nothing is done. */
const succeeds = async (run: Run) => {
  const { namespace = '' } = run.tenant.metadata
  const { secret: name } = credentialsRefOf(run.tenant.spec)
  const secret = await bench.kube.get(core.secret, name, namespace)
  const fault = { code: 'CredentialsMissing', message: `no ${name}`, retryable: true }
  return secret?.data ? succeededWith(run) : { result: 'Failed' as const, fault }
}

const secretIn = (namespace: string, name = 'aws') => bench.kube.get(core.secret, name, namespace)
const finalizersIn = async (namespace: string, name = 'aws') =>
  (await secretIn(namespace, name))?.metadata.finalizers
const makeSecret = (namespace: string, name = 'aws') =>
  bench.kube.create(core.secret, { metadata: { name, namespace }, data: awsKeys })
const tenantIn = (namespace: string, name: string) => bench.kube.get(tenantKind, name, namespace)
const remove = (namespace: string, name: string) =>
  bench.kube.delete(tenantKind, { name, namespace })
const removeSecret = (namespace: string, name = 'aws') =>
  bench.kube.delete(core.secret, { name, namespace })
const patchSpec = (namespace: string, name: string, spec: object) =>
  bench.kube.patch(tenantKind, { name, namespace }, { spec }, { type: 'merge' })

async function until(namespace: string, name: string, holds: (tenant: TenantObject) => unknown) {
  return waitFor(
    async () => {
      const found = (await tenantIn(namespace, name)) as TenantObject | undefined // of the kind
      return found && (await holds(found)) ? found : undefined
    },
    {
      what: `${namespace}/${name} is as expected: ${holds.toString()}`,
      timeoutMs: 60_000,
      everyMs: 50,
    },
  )
}
const untilGone = (what: string, find: () => Promise<unknown>) =>
  waitFor(async () => (await find()) === undefined || undefined, {
    what: `${what} is gone`,
    timeoutMs: 60_000,
    everyMs: 50,
  })

async function readyIn(namespace: string, name = 'a', spec: object = plainSpec) {
  const manifest = tenantManifest(name, spec)
  await bench.kube.create(tenantKind, { ...manifest, metadata: { name, namespace } })
  return until(namespace, name, isReady)
}

async function team(namespace: string) {
  await bench.kube.create(core.namespace, { metadata: { name: namespace } })
  await makeSecret(namespace)
  return namespace
}

const notes = async (reason: string) => {
  const { items } = await bench.kube.list(core.event)
  return items.filter((event) => event.reason === reason).map(({ note }) => note)
}

test('a namespace with a Ready tenant is deleted, and the deletion finds its credentials', async () => {
  const place = await team('whole')
  const ready = await readyIn(place)
  expect(ready.status?.heldSecrets).toEqual(['aws'])
  expect(await finalizersIn(place)).toEqual([finalizer])
  const go = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  bench.execute = async (run) => {
    begun.resolve()
    await go.promise
    return succeeds(run)
  }
  await bench.kube.delete(core.namespace, { name: place })
  await begun.promise
  await waitFor(async () => (await secretIn(place))?.metadata.deletionTimestamp, {
    what: 'the namespace controller deletes the Secret',
    timeoutMs: 60_000,
  })
  expect(await finalizersIn(place)).toEqual([finalizer])
  go.resolve()
  await untilGone('namespace', () => bench.kube.get(core.namespace, place))
  expect(bench.seen).toEqual(['Create a', 'Delete a'])
})

test('the last of those that share a Secret lets go of it, also when they go at once', async () => {
  const place = await team('shared')
  for (const name of ['a', 'b', 'c']) await readyIn(place, name)
  await remove(place, 'a')
  await untilGone('a', () => tenantIn(place, 'a'))
  expect(await finalizersIn(place)).toEqual([finalizer])
  await Promise.all(['b', 'c'].map((name) => remove(place, name)))
  for (const name of ['b', 'c']) await untilGone(name, () => tenantIn(place, name))
  expect(await finalizersIn(place)).toBeUndefined()
})

test('a Secret is let go when an operation has ended with another, and not before', async () => {
  const place = await team('turned')
  await makeSecret(place, 'new')
  await readyIn(place)
  const go = Promise.withResolvers<void>()
  bench.execute = async (run) => {
    await go.promise
    return succeeds(run)
  }
  await patchSpec(place, 'a', { provider: { aws: { credentialsRef: { name: 'new' } } } })
  const turning = await until(place, 'a', ({ status }) => status?.operation?.fence)
  expect(turning.status?.heldSecrets).toEqual(['new', 'aws'])
  expect(await finalizersIn(place)).toEqual([finalizer])
  go.resolve()
  const turned = await until(place, 'a', (t) => t.status?.appliedGeneration === 2)
  expect(turned.status?.heldSecrets).toEqual(['new'])
  expect(await finalizersIn(place)).toBeUndefined()
  expect(await finalizersIn(place, 'new')).toEqual([finalizer])
})

test.each<[string, (place: string) => Promise<unknown>]>([
  [
    'one that is orphaned',
    async (place) => {
      await patchSpec(place, 'a', { deletionPolicy: 'Orphan' })
      await remove(place, 'a')
    },
  ],
  [
    'one that was stripped of its finalizer',
    async (place) => {
      bench.execute = () => new Promise(() => undefined)
      await remove(place, 'a')
      await until(place, 'a', ({ metadata }) => metadata.deletionTimestamp)
      const patch = [{ op: 'remove', path: '/metadata/finalizers' }]
      await bench.kube.patch(tenantKind, { name: 'a', namespace: place }, patch, { type: 'json' })
    },
  ],
  [
    'one that was released by force',
    async (place) => {
      const annotations = { 'cratekube.io/tenant-cluster.force-release': 'true' }
      const ref = { name: 'a', namespace: place }
      await bench.kube.patch(tenantKind, ref, { metadata: { annotations } }, { type: 'merge' })
      await remove(place, 'a')
    },
  ],
])('%s lets its credentials go', async (kind, end) => {
  const place = await team(kind.replaceAll(' ', '-'))
  await readyIn(place)
  await end(place)
  await untilGone('a', () => tenantIn(place, 'a'))
  await expect.poll(() => finalizersIn(place), { timeout: 30_000 }).toBeUndefined()
})

test('a Secret that is needed is not deleted by itself, one by one or all at once, and is told why', async () => {
  const place = await team('alone')
  await readyIn(place)
  const words =
    /Secret alone\/aws: a TenantCluster needs these credentials until it is deleted in the cloud; change their data in place/
  await expect(removeSecret(place)).rejects.toThrow(words)
  const all = bench.kube.request('DELETE', `/api/v1/namespaces/${place}/secrets`)
  await expect(all).rejects.toThrow(words)
  expect((await secretIn(place))?.metadata.deletionTimestamp).toBeUndefined()
  await remove(place, 'a')
  await untilGone('a', () => tenantIn(place, 'a'))
  await removeSecret(place)
})

test('where the policy lacks, a Secret that is deleted by itself goes, and one deleted with its tenant serves', async () => {
  const place = await team('open')
  await readyIn(place)
  const binding = 'cratekube-credentials-protection'
  await bench.kube.delete(core.validatingAdmissionPolicyBinding, { name: binding })
  const dryRun = { query: { dryRun: 'All' } }
  const path = `/api/v1/namespaces/${place}/secrets/aws`
  const isFree = () => bench.kube.request('DELETE', path, undefined, dryRun).then(() => true, () => undefined) // prettier-ignore
  await waitFor(isFree, { what: 'the policy is gone', timeoutMs: 60_000 })

  await removeSecret(place)
  await patchSpec(place, 'a', { provider: { aws: { tags: { a: 'b' } } } }) // an operation reads it
  await until(place, 'a', ({ status }) => status?.lastError?.code === 'CredentialsMissing')
  expect(await secretIn(place)).toBeUndefined()
  await makeSecret(place)
  await until(place, 'a', (t) => isReady(t) && t.status?.appliedGeneration === 2)
  expect(await finalizersIn(place)).toEqual([finalizer])

  bench.seen.splice(0)
  await Promise.all([remove(place, 'a'), removeSecret(place)])
  await untilGone('a', () => tenantIn(place, 'a'))
  await untilGone('its Secret', () => secretIn(place))
  expect(bench.seen).toEqual(['Delete a'])
})

test('what may not be held is told once, and work goes on', async () => {
  const place = await team('refused')
  const name = 'nobody-holds'
  const matchConstraints = {
    resourceRules: [{ apiGroups: [''], apiVersions: ['*'], operations: ['UPDATE'], resources: ['secrets'] }], // prettier-ignore
  }
  const validations = [
    { expression: "request.namespace != 'refused'", reason: 'Forbidden', message: 'not here' },
  ]
  await bench.kube.create(core.validatingAdmissionPolicy, { metadata: { name }, spec: { matchConstraints, validations } }) // prettier-ignore
  await bench.kube.create(core.validatingAdmissionPolicyBinding, { metadata: { name }, spec: { policyName: name, validationActions: ['Deny'] } }) // prettier-ignore
  const label = { metadata: { labels: { a: 'b' } } }
  const ref = { name: 'aws', namespace: place }
  const isRefused = () => bench.kube.patch(core.secret, ref, label, { type: 'merge', dryRun: true }).then(() => undefined, () => true) // prettier-ignore
  await waitFor(isRefused, { what: 'the policy holds', timeoutMs: 60_000 })

  const ready = await readyIn(place)
  expect(ready.status?.heldSecrets).toBeUndefined()
  await patchSpec(place, 'a', { provider: { aws: { tags: { a: 'b' } } } })
  await until(place, 'a', (t) => isReady(t) && t.status?.appliedGeneration === 2)
  await expect
    .poll(() => notes('CredentialsNotHeld'), { timeout: 30_000 })
    .toEqual([expect.stringContaining('Secret aws is not kept from deletion')])
  await remove(place, 'a')
  await untilGone('a', () => tenantIn(place, 'a'))
})

test('changed: a spec that never came to an operation leaves no Secret held', async () => {
  const place = await team('changed')
  const spec = changed(plainSpec, 'provider.aws.credentialsRef.name', 'nowhere')
  const metadata = { name: 'a', namespace: place }
  await bench.kube.create(tenantKind, { ...tenantManifest('a', spec), metadata })
  await until(place, 'a', ({ status }) => status?.lastError?.code === 'CredentialsMissing')
  await remove(place, 'a')
  await untilGone('a', () => tenantIn(place, 'a'))
  expect(await finalizersIn(place)).toBeUndefined()
  expect(bench.seen).toEqual([])
})
