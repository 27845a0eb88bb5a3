// The life of one operation as the manager sees it: begun in the status, handed to the queue, followed, concluded.
import { randomBytes } from 'node:crypto'
import type { Fault } from '../../../api/faults/fault.ts'
import { credentialsMissing } from '../../../api/tenant/provider.ts'
import { registryFault } from '../../../api/tenant/image-registries.ts'
import { reasonOf, stepReasons } from '../../../api/faults/reasons.ts'
import { cloudOwner, physicalName, stackNames } from '../../../api/tenant/stack.ts'
import type { Operation, OperationKind } from '../../../api/tenant/tenant-cluster-status.ts'
import { again, type Outcome } from '../../../framework/index.ts'
import type { OperationOutcome } from '../../../api/tenant/tenant-lease.ts'
import type { Dispatcher } from '../../../jobs/queue/dispatch.ts'
import type { TenantObject } from '../../../jobs/queue/tenant-kind.ts'
import { adoptedNote, livingOwner } from './adoption.ts'
import { conditionTypes } from '../measure/assess.ts'
import { outgrown } from '../access/hold-decision.ts'
import type { Holds } from '../access/holds.ts'
import { release } from './release.ts'
import type { Report } from './report.ts'
import type { Shares } from './shares.ts'
import * as next from '../status.ts'
import { waitingWords } from './supersede.ts'
import type { TenantAccess } from '../access/tenant-clients.ts'
import { credentialsOf, type TenantContext } from '../access/tenant.ts'

export type OperateTools = {
  dispatcher: Dispatcher
  access: TenantAccess
  shares: Shares
  /** That images may come from; empty for all. */
  imageRegistries?: readonly string[]
  /** Operations that this process has put into the queue. */
  handedOver: Set<string>
  /** Those that may go, by uid; others that go were stripped of their finalizer. */
  released: Set<string>
  /** What keeps credentials from deletion. */
  holds: Holds
  /** All that live: whose cluster is whose, and what others took, for an estimate of what is left. */
  tenants(): readonly TenantObject[]
}

const followMs = 10_000
const redisAwayMs = 3_000
const credentialsPollMs = 10_000

export async function begin(
  c: TenantContext,
  wish: { kind: OperationKind; attempt: number },
  tools: OperateTools,
): Promise<Outcome> {
  const { imageRegistries = [] } = tools
  tools.released.delete(c.obj.metadata.uid) // its spec may have changed since it was to go
  const isDeletion = wish.kind === 'Delete'
  const replaced = replacedBy(c)
  const refused = isDeletion
    ? undefined
    : (registryFault(c.obj.spec, imageRegistries) ?? livingOwner(c.obj, tools.tenants()))
  const fault = refused ?? (await credentialsFault(c, tools))
  // What runs can go on; what would take its place could not begin.
  if (fault && replaced && !isDeletion) return followForNewer(c, replaced, 'never')
  if (refused) return refuse(c, refused)
  if (fault) return withoutCredentials(c, fault, tools)
  if (replaced) giveUp(c, replaced, tools)
  return start(c, wish, tools)
}

/** What has succeeded and is only looked at is in nobody's way. */
function replacedBy({ obj: { status = {} } }: TenantContext): Operation | undefined {
  return status.operation?.step === 'Verify' ? undefined : status.operation
}

function refuse(c: TenantContext, fault: Fault): Outcome {
  const { metadata, status = {} } = c.obj
  c.event('Warning', reasonOf(fault.code), fault.message)
  const { generation = 0 } = metadata
  c.status(next.failure(status, fault, { generation, now: c.now() }))
  return again(1, faultWords(fault)) // the next look stalls
}

function start(
  c: TenantContext,
  { kind, attempt }: { kind: OperationKind; attempt: number },
  { shares }: OperateTools,
): Outcome {
  const { metadata, status = {} } = c.obj
  const { namespace = '', name, generation = 0 } = metadata
  const now = c.now()
  const id = operationId(now)
  c.event('Normal', `${kind}Started`, `operation ${id}, attempt ${attempt}`)
  const change = next.begun(status, { id, kind, generation, attempt, now })
  c.status({
    ...change,
    stacks: stackNames({ namespace, name }),
    physicalName: physicalName(cloudOwner(c.obj)),
  })
  if (status.appliedGeneration === undefined) markUnprovisioned(c)
  // The worker reads the operation from the status, so it is handed over once that is written.
  const turn = shares.turnOf({ ...c.obj, status: { ...status, ...change } as typeof status })
  return shares.mustWait(turn)
    ? waitForShare(namespace, shares)
    : again(1, { reason: stepReasons.Queued, message: 'the operation waits for a worker' })
}

function giveUp(
  c: TenantContext,
  { id, generation }: Operation,
  { handedOver }: OperateTools,
): void {
  handedOver.delete(id)
  const { deletionTimestamp, generation: newer } = c.obj.metadata
  if (deletionTimestamp !== undefined) return // that says enough
  c.event(
    'Normal',
    'Superseded',
    `operation ${id} of generation ${generation} by generation ${newer}`,
  )
}

/** An orphan is not held up by them. */
function withoutCredentials(
  c: TenantContext,
  fault: Fault,
  tools: OperateTools,
): Promise<Outcome> | Outcome {
  const { metadata, spec, status = {} } = c.obj
  if (metadata.deletionTimestamp !== undefined && spec.deletionPolicy === 'Orphan') {
    return release(c, { unseen: fault }, tools)
  }
  c.event('Warning', reasonOf(fault.code), fault.message)
  c.status(next.failure(status, fault, { generation: metadata.generation ?? 0, now: c.now() }))
  return waitFor(fault, credentialsPollMs)
}

/** A Secret that lacks costs no job and no call to the cloud. */
async function credentialsFault(
  c: TenantContext,
  { access, holds }: OperateTools,
): Promise<Fault | undefined> {
  const { spec } = c.obj
  const found = await credentialsOf(c)
  if (!found) return credentialsMissing(spec)
  const fault = access.provider(spec).credentialsFault(spec, found.data)
  const isKept = await holds.keep(c, found.secret, fault ? 'look' : 'begin')
  return isKept ? fault : credentialsMissing(spec)
}

function markUnprovisioned(c: TenantContext) {
  for (const type of conditionTypes) {
    c.condition(type, false, 'NotProvisioned', 'the first operation has not finished')
  }
}

export async function handOver(c: TenantContext, tools: OperateTools): Promise<Outcome> {
  const { operation } = c.obj.status ?? {}
  const { namespace = '' } = c.obj.metadata
  const turn = tools.shares.turnOf(c.obj)
  if (tools.shares.mustWait(turn)) return waitForShare(namespace, tools.shares)
  // While Redis is asked, others of the namespace look for their turn: this one's place is taken.
  const isNew = operation !== undefined && !tools.handedOver.has(operation.id)
  if (operation) tools.handedOver.add(operation.id)
  try {
    await queue(c, { turn, isNew }, tools.dispatcher)
  } catch (error) {
    if (isNew) tools.handedOver.delete(operation.id)
    c.log.warn({ err: error, op: operation?.id }, 'cannot queue the operation')
    return again(redisAwayMs, {
      reason: 'QueueUnavailable',
      message: tools.dispatcher.words(error),
    })
  }
  return follow(operation)
}

async function queue(
  c: TenantContext,
  { turn, isNew }: { turn: number; isNew: boolean },
  dispatcher: Dispatcher,
): Promise<void> {
  const { uid, name, namespace = '' } = c.obj.metadata
  const isKnown = await dispatcher.known(uid)
  if (isKnown) await dispatcher.move(uid, turn)
  // The job that is known may be that of the operation before, which ends just now.
  if (isKnown && !isNew) return
  await dispatcher.enqueue({ uid, namespace, name }, turn)
  c.log.info({ op: c.obj.status?.operation?.id }, 'operation queued')
}

/** In words that stay the same while it waits. */
const waitForShare = (namespace: string, { most }: Shares): Outcome =>
  again(followMs, {
    reason: stepReasons.Queued,
    message: `waits for other operations of namespace ${namespace}, of which ${most} run at a time`,
  })

/** Reports wake the cluster; it is looked at now and then as well, because a report can be lost. */
export function follow(operation: Operation | undefined, { silence }: Report = {}): Outcome {
  if (!operation) return again(1, { reason: 'Queued', message: 'no operation' })
  const { step, message, resources } = operation
  const share = resources ? ` (${resources.done} of ${resources.total} resources)` : ''
  const unheard =
    silence === undefined ? '' : `; it runs, but its progress is not known: ${silence}`
  return again(followMs, {
    reason: stepReasons[step],
    message: `${operation.kind}: ${message ?? step}${share}${unheard}`,
  })
}

/** The same for one that a newer spec waits for; said once, in an event too, when it has to wait for its end. */
export function followForNewer(
  c: TenantContext,
  operation: Operation,
  newerIn: number | 'never',
): Outcome {
  const { metadata, status } = c.obj
  const message = waitingWords(metadata.generation ?? 0, operation, newerIn)
  const isSaid = status?.conditions?.some((known) => known.message === message)
  if (newerIn === 'never' && !isSaid) c.event('Normal', 'NewerSpecWaits', message)
  const afterMs = newerIn === 'never' ? followMs : Math.max(1, Math.min(followMs, newerIn))
  return again(afterMs, { reason: stepReasons[operation.step], message })
}

/** Takes the latest progress into the status; returns the operation as it is then. */
export function recordProgress(
  c: TenantContext,
  operation: Operation,
  report: Report,
  tools: OperateTools,
): Operation {
  const now = c.now()
  const left =
    next.etaSeconds(operation, c.obj.status?.history ?? [], now) ??
    next.etaSeconds(
      operation,
      tools.tenants().flatMap((other) => other.status?.history ?? []),
      now,
    )
  const change = next.followed(operation, report, left)
  c.status(change)
  const latest = change.operation ?? operation
  if (latest.step !== operation.step) {
    c.event('Normal', stepReasons[latest.step], `operation ${operation.id}: ${latest.step}`)
  }
  return latest
}

export async function conclude(
  c: TenantContext,
  outcome: OperationOutcome,
  tools: OperateTools,
): Promise<Outcome> {
  const { status = {}, metadata } = c.obj
  const { operation } = status
  if (!operation) return follow(operation)
  await letGoOfOutgrown(c, outcome, tools)
  tools.handedOver.delete(operation.id)
  if (outcome.result === 'Succeeded') {
    c.event('Normal', `${outcome.kind}Succeeded`, `operation ${operation.id}`)
    const { adopted, outputs } = outcome
    if (adopted !== undefined && adopted !== status.adopted && outputs)
      c.event(
        'Normal',
        'Adopted',
        adoptedNote(c.obj, adopted, { outputs, provider: tools.access.provider }),
      )
    c.status(next.succeeded(status, operation, outcome, c.now()))
    const { generation } = outcome
    const said = { message: `generation ${generation} is applied`, observedGeneration: generation }
    c.condition('InfrastructureReady', true, 'Provisioned', said)
    return again(1, { reason: stepReasons.Verify, message: 'measures the cluster' })
  }
  const change = next.failed(status, operation, outcome, c.now())
  c.status(change)
  const fault = change.lastError ?? { code: 'OperationFailed', message: '', retryable: true }
  c.event('Warning', reasonOf(fault.code), fault.message)
  if (outcome.generation !== metadata.generation) return again(1, faultWords(fault))
  if (!fault.retryable) return again(1, faultWords(fault)) // the next look stalls
  return waitFor(fault, Date.parse(change.retry?.at ?? '') - c.now().getTime())
}

async function letGoOfOutgrown(
  c: TenantContext,
  outcome: OperationOutcome,
  { holds }: OperateTools,
) {
  const names = outgrown(c.obj, outcome)
  if (names.length === 0) return
  await holds.letGo(c.kube, c.obj, names, (reason, note) => c.event('Warning', reason, note))
  c.status({ heldSecrets: c.obj.status?.heldSecrets?.filter((name) => !names.includes(name)) })
}

export const faultWords = (fault: Fault) => ({
  reason: reasonOf(fault.code),
  message: fault.message,
})

export const waitFor = (fault: Fault, ms: number): Outcome =>
  again(Math.max(1, ms), faultWords(fault))

/** Sorts by time, like a ULID. */
const operationId = (now: Date) =>
  `${now.getTime().toString(36).padStart(9, '0')}-${randomBytes(5).toString('hex')}`
