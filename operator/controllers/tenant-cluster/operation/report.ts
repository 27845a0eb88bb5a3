// What is known of the operation under way: from the tenant's Lease, which only its worker can write, whether it runs and how
// it ended; from Redis, which anybody may have written, words to show.
import type { Fault } from '../../../api/faults/fault.ts'
import {
  leaseName,
  leaseSelector,
  reportOf,
  tenantOf,
  type OperationOutcome,
} from '../../../api/tenant/tenant-lease.ts'
import type { Operation } from '../../../api/tenant/tenant-cluster-status.ts'
import { cloudOwner, physicalName } from '../../../api/tenant/stack.ts'
import { tenantCluster } from '../../../api/tenant/tenant-cluster.ts'
import {
  core,
  leaseSightings,
  type Cache,
  type Clock,
  type Key,
  type LeaseObject,
  type LeaseSightings,
  type Operator,
} from '../../../framework/index.ts'
import type { Dispatcher, OperationProgress } from '../../../jobs/queue/dispatch.ts'
import { incredible } from './credible.ts'
import type { TenantAccess } from '../access/tenant-clients.ts'
import type { TenantContext } from '../access/tenant.ts'

export type Report = {
  /** The worker that runs it, as far as its Lease was seen to be renewed. */
  runner?: { fence: number; heardAt: string | undefined; generation?: number }
  /** How it ended; one that is not to be believed is a failure. */
  outcome?: OperationOutcome
  /** For show, and to find the moment for a newer spec. */
  progress?: OperationProgress
  /** Why progress could not be asked for. */
  silence?: string
}

export type ReportTools = {
  dispatcher: Pick<Dispatcher, 'progress' | 'words'>
  /** Those of tenants, in CrateKube's own namespace. */
  leases: { namespace: string; cache: Cache<LeaseObject>; sightings: LeaseSightings }
  access: Pick<TenantAccess, 'provider'>
}

export const leasesIn = (namespace: string) => ({ namespace, labelSelector: leaseSelector })

export function tenantLeases(
  operator: Operator,
  { namespace, clock }: { namespace: string; clock: Clock },
): ReportTools['leases'] {
  const cache = operator.cache(core.lease, leasesIn(namespace))
  return { namespace, cache, sightings: leaseSightings(cache, clock) }
}

/** Which TenantCluster to look at when its Lease has changed: renewals say nothing new. */
export function wokenBy(lease: LeaseObject): Key[] {
  const key = lease.spec.holderIdentity ? undefined : tenantOf(lease)
  return key ? [key] : []
}

export async function reportOn(c: TenantContext, tools: ReportTools): Promise<Report> {
  const { metadata, status } = c.obj
  const operation = status?.operation
  if (!operation || operation.step === 'Verify') return {}
  const { namespace, cache, sightings } = tools.leases
  const lease = cache.get({ namespace, name: leaseName(metadata.uid) })
  const outcome = lease && (await outcomeOf(c, operation, lease, tools))
  if (outcome) return { outcome }
  const { operationId, fence, generation } = lease ? reportOf(lease) : { fence: 0 }
  if (!lease || operationId !== operation.id || !sightings.isHeld(lease)) return {}
  const heardAt = timeOf(lease.spec.renewTime)
  const runner = { fence, heardAt, ...(generation !== undefined && { generation }) }
  return { runner, ...(await progressOf(c, operation, { fence, dispatcher: tools.dispatcher })) }
}

const timeOf = (microTime: string | undefined) => {
  const ms = Date.parse(microTime ?? '')
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString()
}

async function outcomeOf(
  c: TenantContext,
  operation: Operation,
  lease: LeaseObject,
  { access }: ReportTools,
): Promise<OperationOutcome | undefined> {
  const { operationId, outcome, fence } = reportOf(lease)
  if (outcome === undefined) return undefined
  const endedId = outcome === 'unreadable' ? operationId : outcome.operationId
  if (endedId !== operation.id) return undefined // of one before, which was taken then
  const provider = access.provider(c.obj.spec)
  const problem =
    outcome === 'unreadable'
      ? 'expected what a worker of this version writes, got something else'
      : incredible(outcome, operation, {
          uid: c.obj.metadata.uid,
          generation: await generationFor(c, outcome),
          fence,
          physicalName: physicalName(cloudOwner(c.obj)),
          expectedEndpoint: (endpoint) => provider.expectedEndpoint(c.obj.spec, endpoint),
        })
  if (outcome !== 'unreadable' && problem === undefined) return outcome
  c.log.warn({ op: operation.id, problem }, 'an outcome is not believed')
  return refused(c, operation, { problem: problem ?? '', lease })
}

/** The worker may have read a newer spec than this process knows of yet. */
async function generationFor(c: TenantContext, { generation }: OperationOutcome): Promise<number> {
  const { name, namespace, generation: known = 0 } = c.obj.metadata
  if (generation <= known) return known
  const now = await c.kube.get(tenantCluster, name, namespace, { signal: c.signal })
  return now?.metadata.generation ?? known
}

function refused(
  c: TenantContext,
  { id, kind, generation }: Operation,
  { problem, lease }: { problem: string; lease: LeaseObject },
): OperationOutcome {
  const { uid, name, namespace = '' } = c.obj.metadata
  const message = `the outcome on Lease ${lease.metadata.name} is not believed: ${problem}`
  const fault: Fault = { code: 'OutcomeRefused', message, retryable: true }
  const about = { operationId: id, uid, name, namespace, kind, generation }
  const fence = reportOf(lease).fence
  return { ...about, fence, result: 'Failed', fault, finishedAt: c.now().toISOString() }
}

async function progressOf(
  c: TenantContext,
  { id }: Operation,
  { fence, dispatcher }: { fence: number; dispatcher: ReportTools['dispatcher'] },
): Promise<Pick<Report, 'progress' | 'silence'>> {
  try {
    const progress = await dispatcher.progress(id)
    const isItsOwn =
      progress?.operationId === id &&
      progress.uid === c.obj.metadata.uid &&
      progress.fence === fence
    return isItsOwn ? { progress } : {}
  } catch (error) {
    c.log.debug({ err: error, op: id }, 'cannot read the progress')
    return { silence: dispatcher.words(error) }
  }
}
