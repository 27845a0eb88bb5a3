// What every operation of the EKS double gets, and the small things that all of them do: find the cluster, read the body,
// answer a repeated call again, let work go on after the reply.
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { z } from 'zod'
import { jsonBody } from '../call.ts'
import type { Call } from '../call.ts'
import type { ClusterBackend } from '../backends/backend.ts'
import { ClockStopped } from '../clock.ts'
import type { VirtualClock } from '../clock.ts'
import type { Credentials } from '../auth/credentials.ts'
import { accountId } from '../moto/moto.ts'
import type { Moto } from '../moto/moto.ts'
import type { ZoneGaps } from '../limits/zone-gaps.ts'
import { invalidParameter, resourceInUse, resourceNotFound } from './errors.ts'
import type { Cluster, EksState, IdempotencyToken, NodeGroup } from './state.ts'

export type EksDeps = {
  state: EksState
  clock: VirtualClock
  moto: Moto
  backend: ClusterBackend
  credentials: Credentials
  quotas: { clustersPerRegion: number }
  gaps: ZoneGaps
  /** Of the cluster's TokenReview endpoint. */
  webhookUrl(cluster: Cluster): string
  /** Makes the cluster honour the access policies of its entries. */
  bindAccessPolicies(cluster: Cluster): Promise<void>
  /** Errors of work that nobody waits for. */
  onBackgroundError(error: unknown): void
}

export type EksCall = EksDeps & {
  call: Call
  region: string
  params: Record<string, string>
  query: URLSearchParams
}

export type Handler = (c: EksCall) => unknown

export const nowSeconds = () => Math.floor(Date.now()) / 1000

export const arnOf = (region: string, resource: string) =>
  `arn:aws:eks:${region}:${accountId}:${resource}`

export const hexId = (bytes: number) => randomBytes(bytes).toString('hex')

export function clusterOf(c: EksCall): Cluster {
  const name = c.params['name'] ?? ''
  const cluster = c.state.region(c.region).get(name)
  if (!cluster) throw resourceNotFound(`No cluster found for name: ${name}.`, { clusterName: name })
  return cluster
}

export function nodeGroupOf(c: EksCall, cluster: Cluster): NodeGroup {
  const name = c.params['nodegroup'] ?? ''
  const group = cluster.nodeGroups.get(name)
  if (!group)
    throw resourceNotFound(`No node group found for name: ${name}.`, {
      clusterName: cluster.name,
      nodegroupName: name,
    })
  return group
}

export function read<S extends z.ZodType>(c: EksCall, schema: S): z.infer<S> {
  const result = schema.safeParse(jsonBody(c.call))
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw invalidParameter(`${issue?.path.join('.') ?? 'body'}: ${issue?.message ?? 'invalid'}`)
}

/** The token of this call, and the body that has to be the same when it comes again. */
export function tokenOf(c: EksCall): IdempotencyToken {
  const { clientRequestToken, ...body } = jsonBody(c.call)
  return {
    token: typeof clientRequestToken === 'string' ? clientRequestToken : randomUUID(),
    body: createHash('sha256').update(JSON.stringify(body)).digest('hex'),
  }
}

export const isRepeat = (stored: IdempotencyToken, now: IdempotencyToken) =>
  stored.token === now.token && stored.body === now.body

/** Work that goes on after the reply. */
export function background(
  c: Pick<EksDeps, 'clock' | 'onBackgroundError'>,
  work: () => Promise<void>,
): void {
  c.clock.during(work).catch((error: unknown) => {
    if (!(error instanceof ClockStopped)) c.onBackgroundError(error)
  })
}

export function refuseWhileUpdating(cluster: Cluster, what: string): void {
  const running = [...cluster.updates.values()].find(
    (update) => update.status === 'InProgress' && !update.nodegroupName && !update.addonName,
  )
  if (running)
    throw resourceInUse(
      `Cannot ${what} because cluster ${cluster.name} currently has update ${running.id} in progress`,
      { clusterName: cluster.name },
    )
}

/** maxResults and nextToken over names in order. */
export function page(
  query: URLSearchParams,
  names: string[],
): { names: string[]; nextToken: string | null } {
  const size = Number(query.get('maxResults') ?? 100)
  const start = Number(Buffer.from(query.get('nextToken') ?? '', 'base64url').toString() || 0)
  const end = start + size
  return {
    names: names.slice(start, end),
    nextToken: end < names.length ? Buffer.from(String(end)).toString('base64url') : null,
  }
}

type Given<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

/** Without the members that are undefined. */
export function given<T extends object>(members: T): Given<T> {
  // What is left out is exactly what Given makes optional.
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as Given<T>
}
