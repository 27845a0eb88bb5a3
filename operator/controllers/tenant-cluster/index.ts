// The TenantCluster controller: looks at one cluster, decides the next step and takes it. Operations run in
// workers; their reports wake the cluster. Nothing here waits for the cloud.
import type { Fault } from '../../api/faults/fault.ts'
import { reasonOf } from '../../api/faults/reasons.ts'
import { leaseName } from '../../api/tenant/tenant-lease.ts'
import {
  again,
  core,
  Stall,
  systemClock,
  type Clock,
  type Operator,
  type Outcome,
} from '../../framework/index.ts'
import type { Dispatcher } from '../../jobs/queue/dispatch.ts'
import { tenantKind, type TenantObject } from '../../jobs/queue/tenant-kind.ts'
import { decide, type Observed, type Step } from './decide.ts'
import { waitsForCredentials } from './access/hold-decision.ts'
import { Holds } from './access/holds.ts'
import { Looks } from './measure/looks.ts'
import {
  begin,
  conclude,
  follow,
  followForNewer,
  handOver,
  recordProgress,
  waitFor,
  type OperateTools,
} from './operation/operate.ts'
import {
  leasesIn,
  reportOn,
  tenantLeases,
  wokenBy,
  type Report,
  type ReportTools,
} from './operation/report.ts'
import { shares } from './operation/shares.ts'
import { release, stripped } from './operation/release.ts'
import * as next from './status.ts'
import { TenantClients, type TenantAccess } from './access/tenant-clients.ts'
import { credentialsOf, type TenantContext } from './access/tenant.ts'
import { verify, type VerifyTools } from './measure/verify.ts'

export const finalizer = 'cratekube.io/tenant-cluster'

export type TenantControllerOptions = {
  dispatcher: Dispatcher
  access: TenantAccess
  imageRegistries?: readonly string[]
  /** CrateKube's own, which holds the Leases of tenants. */
  namespace: string
  /** Operations of one namespace at a time; 10 by default. */
  maxOperationsPerNamespace?: number
  /** A drift operation runs when the last operation is older; 0 never. */
  driftMs: number
  concurrency?: number
  resyncMs?: number
  clock?: Clock
}

const defaultMaxOperations = 10

type Tools = TenantControllerOptions & OperateTools & VerifyTools & ReportTools

/** Registers the controller; what is returned ends its connections to tenants. */
export function tenantClusterController(
  operator: Operator,
  o: TenantControllerOptions,
): Disposable {
  const { clock = systemClock, access } = o
  const { provider } = access
  const handedOver = new Set<string>()
  const released = new Set<string>()
  const ended = new AbortController()
  const tenants = operator.cache(tenantKind)
  const holds = new Holds(tenants, released)
  const tools: Tools = {
    ...o,
    leases: tenantLeases(operator, { ...o, clock }),
    shares: shares({
      tenants,
      most: o.maxOperationsPerNamespace ?? defaultMaxOperations,
      handedOver,
      wake: (key) => operator.wake(tenantKind, key),
    }),
    clients: new TenantClients(access, holds),
    looks: new Looks({ clock, provider, onEnd: ({ key }) => operator.wake(tenantKind, key) }),
    handedOver,
    released,
    holds,
    tenants: () => tenants.list(),
  }
  operator
    .for(tenantKind)
    .reconcile((c) => advance(c, tools), {
      concurrency: o.concurrency ?? 8,
      deadlineMs: 60_000,
      resync: { everyMs: o.resyncMs ?? 60_000, jitter: 0.2 },
      supersede: 'finish',
    })
    .finalize(finalizer, (c) => advance(c, tools))
    .watches(core.lease, wokenBy, leasesIn(o.namespace))
    .onEvent(({ type, obj }) => {
      tools.shares.changed(type === 'deleted' ? { ...obj, status: {} } : obj)
      if (type !== 'deleted') return
      if (!forget(obj, tools))
        void stripped(operator, obj, { access, holds, clock, ended: ended.signal })
    })
  return {
    [Symbol.dispose]: () => {
      ended.abort(new Error('the controller has ended'))
      tools.looks.close()
      tools.clients.close()
    },
  }
}

/** It is gone; whether it might, or its finalizer was taken off by hand. */
function forget({ metadata: { uid }, status }: TenantObject, tools: Tools): boolean {
  tools.looks.forget(uid)
  tools.clients.forget(uid)
  tools.handedOver.delete(status?.operation?.id ?? '')
  return tools.released.delete(uid)
}

async function advance(c: TenantContext, tools: Tools): Promise<Outcome> {
  const report = await reportOn(c, tools)
  const step = decide(await observe(c, tools, report))
  c.log.debug({ step }, 'decided')
  if (busy.has(step.do)) putOffRequest(c)
  return take(step, c, { tools, report })
}

/** Steps that begin nothing, because an operation runs or none may. */
const busy = new Set<Step['do']>(['suspend', 'hand-over', 'follow', 'conclude'])

/** What a person asks for by annotation is echoed when it is begun, and it is begun when it can be. */
function putOffRequest(c: TenantContext): void {
  c.status({ lastHandledReconcileAt: c.obj.status?.lastHandledReconcileAt })
}

function take(
  step: Step,
  c: TenantContext,
  { tools, report }: { tools: Tools; report: Report },
): Promise<Outcome> | Outcome {
  switch (step.do) {
    case 'suspend':
      return suspend(c)
    case 'begin':
      return begin(c, step, tools)
    case 'hand-over':
      return handOver(c, tools)
    case 'follow':
      return followOn(c, step.newerIn, { tools, report })
    case 'conclude':
      return conclude(c, step.outcome, tools)
    case 'verify':
      return verify(c, tools)
    case 'wait':
      return waitFor(step.fault, step.untilMs - c.now().getTime())
    case 'stall':
      return stalled(c, step.fault, tools)
    case 'release':
      return release(c, step.because, tools)
  }
}

function followOn(
  c: TenantContext,
  newerIn: number | 'never' | undefined,
  { tools, report }: { tools: Tools; report: Report },
): Outcome {
  const { operation } = c.obj.status ?? {}
  const latest = operation && recordProgress(c, operation, report, tools)
  return latest && newerIn !== undefined
    ? followForNewer(c, latest, newerIn)
    : follow(latest, report)
}

async function observe(c: TenantContext, tools: Tools, report: Report): Promise<Observed> {
  const { handedOver, driftMs } = tools
  const { metadata, spec, status = {} } = c.obj
  const requestedAt = metadata.annotations?.['reconcile.fluxcd.io/requestedAt']
  return {
    nowMs: c.now().getTime(),
    generation: metadata.generation ?? 0,
    deleting: metadata.deletionTimestamp !== undefined,
    suspend: spec.suspend,
    orphan: spec.deletionPolicy === 'Orphan',
    protected: spec.deletionProtection,
    touched: status.stacks !== undefined || (await hasLease(c, tools)),
    adopting: spec.adopt !== undefined && spec.adopt.uid !== status.adopted,
    requested: requestedAt !== undefined && requestedAt !== status.lastHandledReconcileAt,
    status,
    report,
    handedOver: handedOver.has(status.operation?.id ?? ''),
    driftMs,
  }
}

/** No worker begins without it, and it stays as long as anything may be left. Tenants cannot reach it. */
async function hasLease(c: TenantContext, { namespace }: Tools): Promise<boolean> {
  const { deletionTimestamp, uid } = c.obj.metadata
  if (deletionTimestamp === undefined) return false // nobody asks
  const lease = await c.kube.get(core.lease, leaseName(uid), namespace, { signal: c.signal })
  return lease !== undefined
}

function suspend(c: TenantContext): Outcome {
  const { operation } = c.obj.status ?? {}
  if (operation) c.event('Normal', 'Suspended', `cancels operation ${operation.id}`)
  c.status(next.cancelled(c.obj.status ?? {}, c.now()))
  return again(600_000, { reason: 'Suspended', message: 'spec.suspend is true' })
}

const stalledLookMs = 20_000

/** Waits for a person; looked at meanwhile is only whether what it waits for has come. What still runs is cancelled. */
async function stalled(c: TenantContext, fault: Fault, tools: Tools): Promise<Outcome> {
  c.status(next.cancelled(c.obj.status ?? {}, c.now()))
  if (next.hasConsent(fault, c.obj.metadata.annotations)) {
    c.event('Normal', 'RecreationAllowed', `makes a cluster in place of ${fault.value}`)
    c.status({ retry: undefined })
    return again(1, { reason: 'Queued', message: 'the loss of the cluster was agreed to' })
  }
  if (waitsForCredentials(fault)) {
    const found = await credentialsOf(c)
    if (found) await tools.holds.keep(c, found.secret, 'look')
    const version = found?.secret.metadata.resourceVersion
    const { credentialsVersion: used, retry } = c.obj.status ?? {}
    if (used !== undefined && version !== used) {
      c.event('Normal', 'CredentialsReplaced', 'tries again with the new credentials')
      c.status({ retry: undefined })
      return again(1, { reason: 'Queued', message: 'the credentials were replaced' })
    }
    // What is put right in the cloud shows nowhere here.
    if (retry && next.credentialsDue(c.obj.status ?? {}, c.now())) {
      c.status({ retry: { ...retry, at: c.now().toISOString() } })
      return again(1, { reason: 'Queued', message: 'tries the credentials again' })
    }
    c.lookAgainWithin(stalledLookMs)
  }
  throw new Stall(reasonOf(fault.code), fault.message)
}
