// One job, guarded: reads the TenantCluster afresh, takes the tenant's lease, runs the operation under a signal
// that ends with the lease or with the wish for the operation, reports progress, heartbeats and the outcome.
import type { Logger } from 'pino'
import type { Fault } from '../api/fault.ts'
import type { CloudOutputs } from '../api/stack.ts'
import { tenantCluster, type TenantClusterSpec } from '../api/tenant-cluster.ts'
import type {
  Operation,
  OperationStep,
  Remaining,
  TenantClusterStatus,
} from '../api/tenant-cluster-status.ts'
import {
  delay,
  type Cache,
  type Clock,
  type Kind,
  type Kube,
  type KubeObject,
} from '../framework/index.ts'
import { takeLease, type HeldLease } from './lease.ts'
import type { LeaseSightings } from './lease-sightings.ts'
import { progressReporter } from './progress.ts'
import type { OperationKey } from './queue.ts'
import type { OperationOutcome, Reports } from './reports.ts'

export type Tenant = KubeObject<TenantClusterSpec, TenantClusterStatus>
export const tenantKind: Kind<TenantClusterSpec, TenantClusterStatus> = tenantCluster

export type StepProgress = {
  step: OperationStep
  message?: string
  resources?: { done: number; total: number }
}

/** What an operation gets. It ends soon after `signal` is aborted, by throwing the signal's reason. */
export type Run = {
  readonly tenant: Tenant
  readonly operation: Operation
  readonly fence: number
  readonly signal: AbortSignal
  /** One of the reasons for `signal`: the lease is lost, and another worker may begin in a few seconds. */
  readonly lost: AbortSignal
  readonly log: Logger
  progress(progress: StepProgress): void
}

/** How an operation ended, other than by being stopped. */
export type Ending = {
  result: 'Succeeded' | 'Failed'
  fault?: Fault
  outputs?: CloudOutputs
  remaining?: Remaining[]
  credentialsVersion?: string
}

/** The operation itself: what a worker does for one tenant. */
export type Execute = (run: Run) => Promise<Ending>

export type OperationSettings = {
  kube: Kube
  /** TenantClusters as they change; what tells that an operation is no longer wanted. */
  tenants: Cache<Tenant>
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

export async function performOperation(
  key: OperationKey,
  settings: OperationSettings,
  shutdown: AbortSignal,
): Promise<JobResult> {
  const { kube, reports } = settings
  if (shutdown.aborted) return 'later'
  const tenant = await kube.get(tenantKind, key.name, key.namespace)
  const operation = tenant?.status?.operation
  if (!tenant || tenant.metadata.uid !== key.uid || !operation) return 'done'
  const { outcome } = await reports.read(operation.id)
  if (outcome) {
    await reports.outcome(outcome) // the manager has not seen it yet, else the operation would be gone
    return 'done'
  }
  const lease = await takeLease({ ...settings, uid: key.uid })
  if (!lease) return 'later'
  return runAndReport({ key, tenant, operation, lease, shutdown }, settings)
}

async function runAndReport(job: Guarded, settings: OperationSettings): Promise<JobResult> {
  const { lease, shutdown, key, operation } = job
  let forever = false
  try {
    const ended = await runUnderLease(job, settings)
    forever = ended.kind === 'Delete' && ended.result === 'Succeeded'
    await deliver(ended, settings, AbortSignal.any([shutdown, lease.lost]))
    return 'done'
  } catch (error) {
    const stopped = stopOf(error, lease, shutdown)
    if (!stopped) throw error
    settings.log.info({ op: operation.id, name: key.name, ns: key.namespace }, stopped.message)
    return stopped.later ? 'later' : 'done'
  } finally {
    await lease.release({ forever })
  }
}

type Guarded = {
  key: OperationKey
  tenant: Tenant
  operation: Operation
  lease: HeldLease
  shutdown: AbortSignal
}

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
  const { fence, lost } = lease
  const run = { tenant, operation, fence, signal, lost, log, progress }
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

/** An outcome that cannot be delivered would be worked out again; so Redis gets time to come back. */
async function deliver(
  outcome: OperationOutcome,
  { reports, clock, log }: OperationSettings,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    try {
      return await reports.outcome(outcome)
    } catch (error) {
      log.warn({ err: error, op: outcome.operationId }, 'outcome not delivered, trying again')
      await delay(clock, 2_000, signal)
    }
  }
}

/** The signal is aborted when the TenantCluster says that nobody wants this operation any more. */
function watchForStop(tenant: Tenant, operation: Operation, tenants: Cache<Tenant>) {
  const controller = new AbortController()
  const judge = (now: Tenant, gone: boolean) => {
    const reason = stopReason(tenant, operation, gone ? undefined : now)
    if (reason) controller.abort(new Stopped(reason, { later: false }))
  }
  const end = tenants.onChange(({ type, obj }) => {
    if (obj.metadata.uid === tenant.metadata.uid) judge(obj, type === 'deleted')
  })
  const known = tenants.get(tenant.metadata)
  if (known?.metadata.uid === tenant.metadata.uid) judge(known, false)
  return { signal: controller.signal, [Symbol.dispose]: end }
}

export function stopReason(
  begun: Tenant,
  operation: Operation,
  now: Tenant | undefined,
): string | undefined {
  if (!now) return 'the TenantCluster is gone'
  // A watch may lag behind the object that this operation began with.
  if (Number(now.metadata.resourceVersion) < Number(begun.metadata.resourceVersion))
    return undefined
  if (now.status?.operation?.id !== operation.id) return 'another operation took its place'
  if (operation.kind === 'Delete') {
    return now.spec.deletionProtection ? 'the TenantCluster is protected from deletion' : undefined
  }
  if (now.metadata.deletionTimestamp) return 'the TenantCluster is being deleted'
  return now.spec.suspend ? 'the TenantCluster is suspended' : undefined
}

function stopOf(error: unknown, lease: HeldLease, shutdown: AbortSignal): Stopped | undefined {
  if (error instanceof Stopped) return error
  if (lease.lost.aborted) {
    return new Stopped(`stopped: ${(lease.lost.reason as Error).message}`, { later: true }) // always a LeaseLost
  }
  return shutdown.aborted
    ? new Stopped('stopped: the worker shuts down', { later: true })
    : undefined
}
