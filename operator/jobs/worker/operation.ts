// One job, guarded: reads the TenantCluster afresh, takes the tenant's lease, runs the operation under a signal
// that ends with the lease or with the wish for the operation, reports progress, and leaves the outcome on the lease.
import type { Logger } from 'pino'
import {
  leaseName,
  leaseSelector,
  tenantOf,
  type OperationOutcome,
} from '../../api/tenant/tenant-lease.ts'
import type { Operation } from '../../api/tenant/tenant-cluster-status.ts'
import {
  core,
  delay,
  type Cache,
  type Clock,
  type Kube,
  type LeaseSightings,
} from '../../framework/index.ts'
import { takeLease, type TenantLease } from './lease.ts'
import { progressReporter } from './progress.ts'
import type { OperationKey } from '../queue/queue.ts'
import type { Reports, StepProgress } from '../queue/reports.ts'
import { tenantKind, type TenantObject } from '../queue/tenant-kind.ts'

/** What an operation gets. It ends soon after `signal` is aborted, by throwing the signal's reason. */
export type Run = {
  readonly tenant: TenantObject
  readonly operation: Operation
  readonly fence: number
  /** The uid whose cluster this TenantCluster has taken over; what its spec wishes to adopt is not its own before. */
  readonly adopted: string | undefined
  readonly signal: AbortSignal
  /** One of the reasons for `signal`: the lease is lost, and another worker may begin in a few seconds. */
  readonly lost: AbortSignal
  readonly log: Logger
  progress(progress: StepProgress): void
}

/** How an operation ended, other than by being stopped: what its outcome says beside whose it is. */
export type Ending = Pick<
  OperationOutcome,
  'result' | 'fault' | 'outputs' | 'remaining' | 'credentialsVersion' | 'adopted'
>

/** The operation itself: what a worker does for one tenant. */
export type Execute = (run: Run) => Promise<Ending>

export type OperationSettings = {
  kube: Kube
  /** TenantClusters as they change; what tells that an operation is no longer wanted. */
  tenants: Cache<TenantObject>
  sightings: LeaseSightings
  reports: Reports
  clock: Clock
  log: Logger
  worker: string
  /** Where the leases are: CrateKube's own namespace. */
  namespace: string
  execute: Execute
}

/** Why a running operation was stopped. `later`: somebody has to run it again. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
  readonly later: boolean

  constructor(message: string, o: { later: boolean }) {
    super(message)
    this.later = o.later
  }
}

/** done: nothing more to do for this job. later: the same job again, in a while. */
export type JobResult = 'done' | 'later'

export async function performJob(
  key: OperationKey,
  settings: OperationSettings,
  shutdown: AbortSignal,
): Promise<JobResult> {
  if (shutdown.aborted) return 'later'
  // Which operation it is, a watch mostly knows; it may lag, and so its word ends no job.
  const watched = wantedOf(key, settings.tenants.get(key))
  const taken = watched && (await takeAndRun(watched, { key, shutdown }, settings))
  if (taken && taken !== 'nothing') return taken
  const asked = await wanted(key, settings)
  if (!asked || asked.operation.id === watched?.operation.id) return 'done'
  const again = await takeAndRun(asked, { key, shutdown }, settings)
  return again === 'nothing' ? 'done' : again
}

type Wanted = { tenant: TenantObject; operation: Operation }

/** A job says only whose turn it is, and anybody may have written it: what is to be done stands in the TenantCluster. */
const wanted = async (key: OperationKey, { kube }: OperationSettings) =>
  wantedOf(key, await kube.get(tenantKind, key.name, key.namespace))

function wantedOf(key: OperationKey, tenant: TenantObject | undefined): Wanted | undefined {
  const operation = tenant?.status?.operation
  if (!tenant || tenant.metadata.uid !== key.uid || !operation) return undefined
  return operation.step === 'Verify' ? undefined : { tenant, operation }
}

/** nothing: the operation has ended, or another took its place. */
async function takeAndRun(
  { tenant, operation }: Wanted,
  job: Pick<Taken, 'key' | 'shutdown'>,
  settings: OperationSettings,
): Promise<JobResult | 'nothing'> {
  const { generation = operation.generation } = tenant.metadata
  const isFirst = operation.kind === 'Create' && operation.attempt === 1
  const about = { tenant: job.key, operationId: operation.id, generation, isFirst }
  const lease = await takeLease({ ...settings, ...about })
  if (lease === 'held') return 'later'
  if (lease === 'concluded') return 'nothing'
  return runAndReport({ ...job, lease, operationId: operation.id }, settings)
}

async function runAndReport(
  job: Taken,
  settings: OperationSettings,
): Promise<JobResult | 'nothing'> {
  const { lease, shutdown, key, operationId } = job
  try {
    // It may have been run and replaced by another since it was read; under the lease nobody else runs it.
    const now = await wanted(key, settings)
    if (now?.operation.id !== operationId) return 'nothing'
    if (now.tenant.spec.adopt && (await predecessorAtWork(key, settings))) return 'later'
    const ended = await runUnderLease({ ...job, ...now }, settings)
    await deliver(ended, job, settings)
    return 'done'
  } catch (error) {
    const stopped = stopOf(error, lease, shutdown)
    if (!stopped) throw error
    settings.log.info({ op: operationId, name: key.name, ns: key.namespace }, stopped.message)
    return stopped.later ? 'later' : 'done'
  } finally {
    await lease.release()
  }
}

/**
 * One that adopts works on stacks that an operation of an earlier TenantCluster may still be at, whose object is gone: a new
 * one of it cannot begin. Its Lease is looked at and not taken: by spec.adopt anybody could hold up anybody.
 */
async function predecessorAtWork(key: OperationKey, settings: OperationSettings): Promise<boolean> {
  const { kube, namespace, sightings } = settings
  const { items } = await kube.list(core.lease, { namespace, labelSelector: leaseSelector })
  return items.some((lease) => {
    const of = tenantOf(lease)
    const isOfName = of?.namespace === key.namespace && of.name === key.name
    return isOfName && lease.metadata.name !== leaseName(key.uid) && sightings.isHeld(lease)
  })
}

type Taken = {
  key: OperationKey
  operationId: string
  lease: TenantLease
  shutdown: AbortSignal
}
type Guarded = Taken & Wanted

async function runUnderLease(job: Guarded, settings: OperationSettings): Promise<OperationOutcome> {
  const { key, tenant, operation, lease, shutdown } = job
  const log = settings.log.child({
    ns: key.namespace,
    name: key.name,
    uid: key.uid,
    op: operation.id,
    generation: tenant.metadata.generation,
  })
  using unwanted = watchForStop(tenant, operation, settings.tenants)
  const about = { operationId: operation.id, ...key, fence: lease.fence }
  using reporter = progressReporter({ about, ...settings, log })
  const signal = AbortSignal.any([unwanted.signal, lease.lost, shutdown])
  signal.throwIfAborted()
  log.info({ kind: operation.kind, fence: lease.fence }, 'operation begins')
  const progress = (next: StepProgress) => reporter.progress(next)
  const { fence, adopted, lost } = lease
  const run = { tenant, operation, fence, adopted, signal, lost, log, progress }
  const ending = await settings.execute(run).catch((error: unknown) => {
    signal.throwIfAborted()
    return unknownFailure(error, log)
  })
  signal.throwIfAborted() // what was stopped does not count, however it ended
  log.info({ kind: operation.kind, result: ending.result, fault: ending.fault }, 'operation ends')
  return {
    ...about,
    ...ending,
    kind: operation.kind,
    generation: tenant.metadata.generation ?? operation.generation,
    finishedAt: new Date(settings.clock.now()).toISOString(),
  }
}

function unknownFailure(error: unknown, log: Logger): Ending {
  log.error({ err: error }, 'operation failed')
  const message = error instanceof Error ? error.message : String(error)
  return { result: 'Failed', fault: { code: 'OperationFailed', message, retryable: true } }
}

/** An outcome that cannot be written would be worked out again; so the API server gets time to come back. */
async function deliver(
  outcome: OperationOutcome,
  { lease, shutdown }: Taken,
  { clock, log }: OperationSettings,
): Promise<void> {
  const signal = AbortSignal.any([shutdown, lease.lost])
  for (;;) {
    try {
      return await lease.conclude(outcome)
    } catch (error) {
      log.warn({ err: error, op: outcome.operationId }, 'outcome not written, trying again')
      await delay(clock, 2_000, signal)
    }
  }
}

/** The same deletion begins again, and does what is asked for now. */
const otherPolicy = 'spec.deletionPolicy has changed'

/** The signal is aborted when the TenantCluster says that nobody wants this operation any more. */
function watchForStop(tenant: TenantObject, operation: Operation, tenants: Cache<TenantObject>) {
  const controller = new AbortController()
  const judge = (now: TenantObject, gone: boolean) => {
    const reason = stopReason(tenant, operation, gone ? undefined : now)
    if (reason) controller.abort(new Stopped(reason, { later: reason === otherPolicy }))
  }
  const end = tenants.onChange(({ type, obj }) => {
    if (obj.metadata.uid === tenant.metadata.uid) judge(obj, type === 'deleted')
  })
  const known = tenants.get(tenant.metadata)
  if (known?.metadata.uid === tenant.metadata.uid) judge(known, false)
  return { signal: controller.signal, [Symbol.dispose]: end }
}

export function stopReason(
  begun: TenantObject,
  operation: Operation,
  now: TenantObject | undefined,
): string | undefined {
  if (!now) return 'the TenantCluster is gone'
  // A watch may lag behind the object that this operation began with.
  if (Number(now.metadata.resourceVersion) < Number(begun.metadata.resourceVersion))
    return undefined
  if (now.status?.operation?.id !== operation.id) return 'another operation took its place'
  if (operation.kind === 'Delete') {
    if (now.spec.deletionProtection) return 'the TenantCluster is protected from deletion'
    return now.spec.deletionPolicy === begun.spec.deletionPolicy ? undefined : otherPolicy
  }
  if (now.metadata.deletionTimestamp) return 'the TenantCluster is being deleted'
  return now.spec.suspend ? 'the TenantCluster is suspended' : undefined
}

function stopOf(error: unknown, lease: TenantLease, shutdown: AbortSignal): Stopped | undefined {
  if (error instanceof Stopped) return error
  if (lease.lost.aborted) {
    return new Stopped(`stopped: ${(lease.lost.reason as Error).message}`, { later: true }) // always a LeaseLost
  }
  return shutdown.aborted
    ? new Stopped('stopped: the worker shuts down', { later: true })
    : undefined
}
