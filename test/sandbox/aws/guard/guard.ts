// What the guards of all services share: their dependencies, checks and answers, and the small things of the EC2 protocol.
import type { Call, Reply } from '../call.ts'
import type { VirtualClock } from '../clock.ts'
import { AwsError } from '../errors.ts'
import type { EksState } from '../eks/state.ts'
import type { Moto } from '../moto/moto.ts'
import type { Quotas } from '../limits/quotas.ts'
import type { ZoneGaps } from '../limits/zone-gaps.ts'

export type GuardDeps = {
  moto: Moto
  clock: VirtualClock
  quotas: Quotas
  gaps: ZoneGaps
  state: EksState
  onBackgroundError(error: unknown): void
}

/** Throws the error that AWS would answer with. */
export type Check = (d: GuardDeps, call: Call) => Promise<void>

export type Answer = (call: Call) => Promise<Reply>

export const dependencyViolation = (message: string) =>
  new AwsError('DependencyViolation', message, 400)

/** `Name.1`, `Name.2` … of the EC2 query protocol. */
export const listOf = (form: URLSearchParams, name: string): string[] =>
  [...form].filter(([key]) => key.startsWith(`${name}.`)).map(([, value]) => value)

export const xmlReply = (body: string): Reply => ({
  status: 200,
  headers: { 'content-type': 'text/xml;charset=UTF-8' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
})
