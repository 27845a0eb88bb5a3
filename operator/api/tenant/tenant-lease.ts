// The Lease of a tenant, `tenant-<uid>`, as worker and manager understand it. Only the worker that holds it can write it, so
// it carries how the operation ended: what a manager believes comes from here, never from Redis.
import { z } from 'zod'
import { faultSchema } from '../faults/fault.ts'
import { cloudOutputsSchema } from './stack.ts'
import { operationKinds, remainingSchema, type Remaining } from './tenant-cluster-status.ts'

export const leaseName = (uid: string) => `tenant-${uid}`

/** Tells the Leases of tenants from others of the namespace. */
export const leaseLabels = { 'cratekube.io/lease': 'tenant' }
export const leaseSelector = 'cratekube.io/lease=tenant'

const annotation = {
  tenant: 'cratekube.io/tenant',
  operation: 'cratekube.io/operation',
  generation: 'cratekube.io/generation',
  outcome: 'cratekube.io/outcome',
  adopted: 'cratekube.io/adopted',
}

export const outcomeSchema = z.object({
  operationId: z.string(),
  uid: z.string(),
  namespace: z.string(),
  name: z.string(),
  /** leaseTransitions of the Lease under which it ended. */
  fence: z.int(),
  kind: z.enum(operationKinds),
  /** Generation of the spec that was worked on. */
  generation: z.int(),
  result: z.enum(['Succeeded', 'Failed']),
  fault: faultSchema.optional(),
  outputs: cloudOutputsSchema.optional(),
  remaining: z.array(remainingSchema).optional(),
  credentialsVersion: z.string().optional(),
  adopted: z
    .string()
    .optional()
    .describe('Of one that has taken over a cluster: the uid whose things were worked on.'),
  finishedAt: z.iso.datetime(),
})
export type OperationOutcome = z.infer<typeof outcomeSchema>

type Lease = {
  metadata: { annotations?: Record<string, string> }
  spec: { leaseTransitions?: number }
}

export type LeaseReport = {
  /** The operation that was last begun under it. */
  operationId?: string
  /** Of the spec that it was begun with, or an older one. */
  generation?: number
  fence: number
  /** How that ended; `unreadable` when somebody wrote what no worker of this version writes. */
  outcome?: OperationOutcome | 'unreadable'
}

/** For a worker that begins an operation: what is known of the one before is gone. */
export const beginning = (o: {
  namespace: string
  name: string
  operationId: string
  generation: number
}) => ({
  [annotation.tenant]: `${o.namespace}/${o.name}`,
  [annotation.operation]: o.operationId,
  [annotation.generation]: String(o.generation),
  [annotation.outcome]: null,
})

/** For a worker whose operation has ended. That a cluster was taken over stays, whatever comes after. */
export const ending = (outcome: OperationOutcome) => ({
  [annotation.outcome]: textOf(outcome),
  ...(outcome.adopted !== undefined && { [annotation.adopted]: outcome.adopted }),
})

/** The uid whose cluster was taken over under it. Tenants write no Lease: a status may be restored with another cluster's. */
export const adoptedIn = ({ metadata }: Lease): string | undefined =>
  metadata.annotations?.[annotation.adopted]

export function tenantOf({ metadata }: Lease): { namespace: string; name: string } | undefined {
  const [namespace, name, ...rest] = metadata.annotations?.[annotation.tenant]?.split('/') ?? []
  return namespace && name && rest.length === 0 ? { namespace, name } : undefined
}

export function reportOf({ metadata, spec }: Lease): LeaseReport {
  const operationId = metadata.annotations?.[annotation.operation]
  const generation = Number(metadata.annotations?.[annotation.generation])
  const text = metadata.annotations?.[annotation.outcome]
  return {
    fence: spec.leaseTransitions ?? 0,
    ...(operationId !== undefined && { operationId }),
    ...(Number.isSafeInteger(generation) && { generation }),
    ...(text !== undefined && { outcome: outcomeFrom(text) }),
  }
}

/** Annotations hold 256 KiB together; a character takes three bytes at most. */
const mostCharacters = 64 * 1024

function outcomeFrom(text: string): OperationOutcome | 'unreadable' {
  if (text.length > mostCharacters) return 'unreadable'
  try {
    const { success, data } = outcomeSchema.safeParse(JSON.parse(text))
    return success ? data : 'unreadable'
  } catch {
    return 'unreadable' // no JSON
  }
}

/** What clouds and tenant clusters say has no limit of its own; the sum of all that is kept of it fits. */
function textOf(outcome: OperationOutcome): string {
  const { fault, remaining, ...rest } = outcome
  const text = JSON.stringify({
    ...rest,
    ...(fault && { fault: mapText(fault, 4_000) }),
    ...(remaining && { remaining: remaining.slice(0, 50).map(shortened) }),
  })
  if (text.length <= mostCharacters) return text
  const message = `what it ended with takes ${text.length} characters, more than a Lease holds`
  const tooLarge = { code: 'OperationFailed', message, retryable: true }
  const { outputs: _, ...small } = rest
  return JSON.stringify({ ...small, result: 'Failed', fault: tooLarge } satisfies OperationOutcome)
}

const shortened = (resource: Remaining) => mapText(resource, 300)

/** The same with every text cut to a length. */
const mapText = <T extends object>(of: T, most: number): T =>
  Object.fromEntries(
    Object.entries(of).map(([key, value]) => [
      key,
      typeof value === 'string' && value.length > most ? `${value.slice(0, most - 1)}…` : value,
    ]),
  ) as T // the same keys, and texts stay texts
