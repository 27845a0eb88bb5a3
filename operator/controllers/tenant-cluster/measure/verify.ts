// Ready is what was measured: what a look at the tenant cluster found, as conditions. Waits for no tenant: looks
// are made beside it.
import { stepReasons } from '../../../api/faults/reasons.ts'
import {
  again,
  answerTooLarge,
  KubeError,
  settled,
  type Outcome,
} from '../../../framework/index.ts'
import { assess, unreachable, unreachableGraceMs } from './assess.ts'
import type { Assessed } from './assessed.ts'
import type { Looks } from './looks.ts'
import * as next from '../status.ts'
import type { TenantClients } from '../access/tenant-clients.ts'
import type { TenantContext } from '../access/tenant.ts'

export type VerifyTools = {
  clients: TenantClients
  looks: Looks
}

export async function verify(c: TenantContext, tools: VerifyTools): Promise<Outcome> {
  const { spec, status = {} } = c.obj
  const { looks, clients } = tools
  const measured = looks.take(c)
  if (measured === undefined) {
    if (looks.isDue(c)) looks.begin(c, await clients.open(c))
    return asItWas(c, looks)
  }
  if (measured instanceof KubeError) return silence(c, measured, tools)
  const { conditions, ...facts } = assess(spec, measured)
  setConditions(c, conditions)
  c.status(facts)
  const lacking = conditions.find((condition) => condition.status !== true)
  if (lacking) return again(pollMs(c), lacking)
  if (status.operation) c.event('Normal', 'Ready', `the cluster is ready, ${facts.nodes} nodes`)
  c.status(next.ready(status, c.obj.metadata.creationTimestamp ?? '', c.now()))
  c.condition(
    'Ready',
    true,
    'Ready',
    `Kubernetes ${facts.kubernetes.version}, ${facts.nodes} nodes Ready`,
  )
  return settled
}

/** While it is being measured, what was known of it holds. The end of the look wakes it. */
function asItWas(c: TenantContext, looks: Looks): Outcome {
  const { status, reason, message } = conditionOf(c, 'Ready') ?? measuring
  if (status !== 'True') return again(looks.waitMs(c) || lostWakeMs, { reason, message })
  c.condition('Ready', true, reason, message)
  return settled
}

const measuring = { status: 'False', reason: stepReasons.Verify, message: 'measures the cluster' }
/** Longer than a look takes. */
const lostWakeMs = 60_000

/** The API server did not answer: a hiccup first, then a fault that is shown, and never a reason to re-create anything. */
function silence(c: TenantContext, error: KubeError, tools: VerifyTools): Outcome {
  if (error.status === 401) tools.clients.renew(c.obj.metadata.uid)
  const { status = {} } = c.obj
  const sinceMs = silentForMs(c)
  const reason = error.reason === answerTooLarge ? 'AnswerTooLarge' : 'APIUnreachable'
  const pauseMs = tools.looks.pauseMs(c)
  const message = `${complaintOf(error)}; is asked again every ${pauseMs / 1000} s`
  setConditions(c, unreachable({ reason, message, sinceMs }))
  if (sinceMs >= unreachableGraceMs) return again(pauseMs, { reason, message })
  const wasReady = conditionOf(c, 'Ready')?.status === 'True'
  if (!wasReady || status.operation) {
    return again(pauseMs, { reason: stepReasons.Verify, message })
  }
  c.lookAgainWithin(pauseMs)
  c.condition(
    'Ready',
    true,
    'Ready',
    `not measured for ${Math.round(sinceMs / 1000)} s: ${message}`,
  )
  return settled
}

/** Without the path: several requests fail at the same time, and which is first would change the status each time. */
const complaintOf = ({ status, reason }: KubeError) =>
  reason === answerTooLarge
    ? 'the API server answers with more than is read of it'
    : status === 0
      ? `the API server does not answer (${reason})`
      : `the API server answers ${status} (${reason})`

function silentForMs(c: TenantContext): number {
  const known = conditionOf(c, 'APIReachable')
  if (!known || known.status === 'True') return 0
  // Its time moved when Unknown turned to False, which was when the grace was over.
  if (known.status === 'False' && isSilence(known.reason)) return unreachableGraceMs
  return known.status === 'Unknown' ? c.now().getTime() - Date.parse(known.lastTransitionTime) : 0
}

const isSilence = (reason: string) => reason === 'APIUnreachable' || reason === 'AnswerTooLarge'

const conditionOf = (c: TenantContext, type: string) =>
  c.obj.status?.conditions?.find((condition) => condition.type === type)

function setConditions(c: TenantContext, conditions: Assessed[]) {
  for (const { type, status, reason, message } of conditions) {
    c.condition(type, status, reason, message)
  }
}

/** Often at first, when every second counts, and less the longer it takes. */
function pollMs(c: TenantContext): number {
  const finishedAt = c.obj.status?.history?.[0]?.finishedAt
  const waitedMs = finishedAt ? c.now().getTime() - Date.parse(finishedAt) : 10_000
  return Math.min(10_000, Math.max(500, waitedMs / 5))
}
