// The TenantCluster controller on two fake API servers in virtual time: the management cluster and the tenant's own.
// What a worker would do for an operation is the test's to say.
import { tenantClusterController } from '../../../../operator/controllers/tenant-cluster/index.ts'
import { tenantKind } from '../../../../operator/jobs/queue/tenant-kind.ts'
import { onAws, type Provider } from '../../../support/provider/providers.ts'
import { core, operator, type TenantKube } from '../../../../operator/framework/index.ts'
import { physicalName } from '../../../../operator/api/tenant/stack.ts'
import {
  ending,
  leaseLabels,
  leaseName,
  type OperationOutcome,
} from '../../../../operator/api/tenant/tenant-lease.ts'
import type { Dispatcher } from '../../../../operator/jobs/queue/dispatch.ts'
import {
  FakeApiServer,
  VirtualClock,
  testLog,
} from '../../../../operator/framework/testing/index.ts'
import { createAuthority } from '../../../sandbox/kubernetes/pki.ts'
import { minimalSpec, tenantManifest } from '../../../support/tenant-cluster.ts'

export const ref = { namespace: 'default', name: 'a' }
const spec = { ...minimalSpec, addons: { loadTesting: { enabled: false } }, suspend: false }
const pool = { name: 'default', min: 1, desired: 1, max: 3 }

export type Result = Pick<OperationOutcome, 'result' | 'fault'>
export const succeeded: Result = { result: 'Succeeded' }

/** `result` says how each operation ends, 10 seconds after a worker got it. */
export async function stage(
  result: (attempt: number) => Result,
  { provider = onAws, ...o }: { imageRegistries?: readonly string[]; provider?: Provider } = {},
) {
  const clock = new VirtualClock()
  const management = new FakeApiServer({ clock, kinds: [tenantKind] })
  const tenant = new FakeApiServer({ clock })
  const user = management.kube()
  const { log } = testLog()
  const manager = operator({ name: 'cratekube', kube: management.kube(), log, clock })
  const operations: string[] = []
  const certificateAuthority = Buffer.from(createAuthority('tenant').cert).toString('base64')
  /** Clients of the tenant cluster that are not closed. */
  const connected = new Set<TenantKube>()
  /** As the worker does it, on the tenant's Lease. */
  const leave = async (outcome: OperationOutcome) => {
    const { namespace, name, operationId } = outcome
    const metadata = {
      name: leaseName(outcome.uid),
      namespace: 'default',
      labels: leaseLabels,
      annotations: {
        'cratekube.io/tenant': `${namespace}/${name}`,
        'cratekube.io/operation': operationId,
        ...ending(outcome),
      },
    }
    const lease = { metadata, spec: { leaseTransitions: 1 } }
    await user.apply(core.lease, lease, { fieldManager: 'worker', force: true })
  }
  const dispatcher: Dispatcher = {
    enqueue: async ({ uid, namespace, name }) => {
      const operation = (await user.get(tenantKind, name, namespace))?.status?.operation
      if (!operation || operations.includes(operation.id)) return
      operations.push(operation.id)
      const { id: operationId, kind, generation, attempt } = operation
      clock.setTimeout(() => {
        const finishedAt = new Date(clock.now()).toISOString()
        const about = { operationId, uid, namespace, name, fence: 1, kind, generation, finishedAt }
        const outputs = { clusterName: physicalName({ name, uid }), endpoint: 'https://a', certificateAuthority } // prettier-ignore
        void leave({ ...about, ...result(attempt), outputs })
      }, 10_000)
    },
    known: async () => false,
    progress: async () => undefined,
    words: String,
    move: async () => undefined,
    counts: async () => ({ waiting: 0, active: 0 }),
    close: async () => undefined,
  }
  const controller = tenantClusterController(manager, {
    ...o,
    dispatcher,
    clock,
    namespace: 'default',
    access: {
      provider: () => ({
        ...provider.manager,
        credentialsFault: () => undefined,
        mintToken: async (_spec, { now }) => ({
          token: now.toISOString(),
          expiresAt: new Date(now.getTime() + 840_000),
        }),
      }),
      connect: () => {
        const kube = tenant.kube({ timeoutMs: 5_000, attempts: 1 })
        connected.add(kube)
        return Object.assign(kube, { close: () => connected.delete(kube) })
      },
    },
    driftMs: 0,
  })
  const stop = new AbortController()
  const running = manager.run({ signal: stop.signal })
  await user.create(core.secret, { metadata: { name: 'aws', namespace: 'default' } })
  await tenant.kube().create(core.node, { metadata: { name: 'n', labels: provider.nodeLabels } })
  const nodeStatus = {
    conditions: [{ type: 'Ready', status: 'True' }],
    nodeInfo: { kubeletVersion: 'v1.36.0' },
  }
  await tenant.kube().patch(core.node, { name: 'n' }, { status: nodeStatus }, { type: 'merge', subresource: 'status' }) // prettier-ignore
  const now = async () => (await user.get(tenantKind, ref.name, ref.namespace))?.status
  const condition = async (type: string) =>
    (await now())?.conditions?.find((found) => found.type === type)
  return {
    clock,
    management,
    tenant,
    user,
    operations,
    connected,
    now,
    condition,
    apply: (fields: object = {}) =>
      user.create(
        tenantKind,
        tenantManifest(ref.name, {
          ...spec,
          provider: provider.spec,
          nodePools: [pool],
          ...fields,
        }),
      ),
    untilReady: () => clock.until(async () => (await condition('Ready'))?.status === 'True'),
    async end() {
      stop.abort()
      await clock.advance(60_000)
      await running
      controller[Symbol.dispose]()
    },
  }
}

export type Stage = Awaited<ReturnType<typeof stage>>

/** How many requests both API servers get in an hour from now. */
export async function requestsInAnHour({ clock, management, tenant }: Stage) {
  management.takeRequests()
  tenant.takeRequests()
  await clock.advance(3_600_000)
  return { management: management.takeRequests(), tenant: tenant.takeRequests() }
}
