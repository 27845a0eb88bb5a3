// Ready is what was measured: reads the tenant cluster through its API server and says what is missing.
import { stepReasons } from '../../api/reasons.ts'
import { again, KubeError, settled, type Outcome } from '../../framework/index.ts'
import { assess, unreachable, unreachableGraceMs, type Assessed } from './assess.ts'
import { measure } from './observe.ts'
import * as next from './status.ts'
import type { TenantClients } from './tenant-clients.ts'
import type { Tenant } from './tenant.ts'

export type VerifyTools = {
  clients: TenantClients
  /** Looks at the tenant again, although it is Ready. */
  wakeLater(c: Tenant, ms: number): void
}

export async function verify(c: Tenant, tools: VerifyTools): Promise<Outcome> {
  const { spec, status = {} } = c.obj
  const kube = await tools.clients.open(c)
  const measured = await measure(kube, spec, c.signal).catch((error: unknown) => {
    if (error instanceof KubeError) return error
    throw error
  })
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

/** The API server did not answer: a hiccup first, then a fault that is shown, and never a reason to re-create anything. */
function silence(c: Tenant, error: KubeError, tools: VerifyTools): Outcome {
  if (error.status === 401) tools.clients.renew(c.obj.metadata.uid)
  const { status = {} } = c.obj
  const sinceMs = silentForMs(c)
  const message = complaintOf(error)
  setConditions(c, unreachable(message, sinceMs))
  if (sinceMs >= unreachableGraceMs) return again(10_000, { reason: 'APIUnreachable', message })
  const wasReady = conditionOf(c, 'Ready')?.status === 'True'
  if (!wasReady || status.operation) {
    return again(pollMs(c), { reason: stepReasons.Verify, message })
  }
  tools.wakeLater(c, 10_000)
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
  status === 0
    ? `the API server does not answer (${reason})`
    : `the API server answers ${status} (${reason})`

function silentForMs(c: Tenant): number {
  const known = conditionOf(c, 'APIReachable')
  if (!known || known.status === 'True') return 0
  // Its time moved when Unknown turned to False, which was when the grace was over.
  if (known.status === 'False' && known.reason === 'APIUnreachable') return unreachableGraceMs
  return known.status === 'Unknown' ? c.now().getTime() - Date.parse(known.lastTransitionTime) : 0
}

const conditionOf = (c: Tenant, type: string) =>
  c.obj.status?.conditions?.find((condition) => condition.type === type)

function setConditions(c: Tenant, conditions: Assessed[]) {
  for (const { type, status, reason, message } of conditions) {
    c.condition(type, status, reason, message)
  }
}

/** Often at first, when every second counts, and less the longer it takes. */
function pollMs(c: Tenant): number {
  const finishedAt = c.obj.status?.history?.[0]?.finishedAt
  const waitedMs = finishedAt ? c.now().getTime() - Date.parse(finishedAt) : 10_000
  return Math.min(10_000, Math.max(500, waitedMs / 5))
}
