// Faults to play, scripted by tests and by `sandbox faults`: each rule matches calls and says what happens to them.
// Chance is seeded, so that a run can be repeated.
import {
  AddonIssueCode,
  ClusterIssueCode,
  ErrorCode,
  NodegroupIssueCode,
} from '@aws-sdk/client-eks'
import { z } from 'zod'
import { launchFailures, type LaunchFailure } from '../eks/node-groups/launch-failures.ts'

/** Of codes that EKS has: another would be handled by nobody who knows EKS. */
const issueSchema = (...codes: Record<string, string>[]) =>
  z.object({
    code: z.enum(codes.flatMap((known) => Object.values(known))),
    message: z.string(),
    resourceIds: z.array(z.string()).default([]),
  })
const issues = z.array(issueSchema(NodegroupIssueCode, ClusterIssueCode, AddonIssueCode)).min(1)
const launchFailure = z.enum(Object.keys(launchFailures) as LaunchFailure[]) // its own keys

const actionSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('throttle') }),
  z.object({
    type: z.literal('error'),
    code: z.string(),
    message: z.string().default(''),
    http: z.number().int().default(400),
  }),
  z.object({ type: z.literal('drop-before') }),
  z.object({ type: z.literal('drop-after') }),
  z.object({ type: z.literal('delay'), ms: z.number().nonnegative() }),
  z.object({ type: z.literal('token-expired') }),
  z.object({ type: z.literal('deny') }),
  z.object({ type: z.literal('outage') }),
  z.object({ type: z.literal('quota') }),
  z.object({ type: z.literal('fail-create'), issues }),
  /** Of a node group: EKS gets no machine. */
  z.object({ type: z.literal('fail-launch'), cause: launchFailure }),
  z.object({ type: z.literal('fail-update'), errors: z.array(issueSchema(ErrorCode)).min(1) }),
  z.object({ type: z.literal('leak-eni') }),
])

export const faultSchema = z.strictObject({
  match: z.strictObject({
    service: z.string().optional(),
    operation: z.string().optional(),
    /** Of one caller. */
    accessKeyId: z.string().optional(),
    /** Text that the path or the body of the call contains. */
    name: z.string().optional(),
    /** Only the nth call that matches otherwise, from 1. */
    nth: z.number().int().positive().optional(),
    probability: z.number().min(0).max(1).optional(),
    mutating: z.boolean().optional(),
  }),
  action: actionSchema,
  /** How often it strikes; always when absent. */
  times: z.number().int().positive().optional(),
})

export type FaultInput = z.input<typeof faultSchema>
export type FaultRule = z.infer<typeof faultSchema> & { id: number; seen: number; struck: number }

/** Of a call, what a rule may be about. */
type FaultSubject = {
  service: string
  operation: string
  accessKeyId: string
  path: string
  body: Buffer
  mutating: boolean
}

export interface Faults {
  add(...inputs: FaultInput[]): FaultRule[]
  list(): FaultRule[]
  /** All rules when no id is given. */
  remove(id?: number): void
  /** The first rule that strikes this call, counted as used. */
  strike(call: FaultSubject): FaultRule | undefined
}

export function faults(o: { seed: number }): Faults {
  const rules: FaultRule[] = []
  const random = seededRandom(o.seed)
  let lastId = 0
  return {
    add(...inputs) {
      const added = inputs.map((input) => ({
        ...faultSchema.parse(input),
        id: ++lastId,
        seen: 0,
        struck: 0,
      }))
      rules.push(...added)
      return added
    },
    list: () => rules.map((rule) => ({ ...rule })),
    remove(id) {
      const kept = id === undefined ? [] : rules.filter((rule) => rule.id !== id)
      rules.splice(0, rules.length, ...kept)
    },
    strike: (call) => {
      const rule = rules.find((candidate) => strikes(candidate, call, random))
      if (rule) rule.struck++
      return rule
    },
  }
}

function strikes(rule: FaultRule, call: FaultSubject, random: () => number): boolean {
  const { match } = rule
  if (rule.times !== undefined && rule.struck >= rule.times) return false
  if (!isAbout(match, call)) return false
  rule.seen++
  if (match.nth !== undefined && match.nth !== rule.seen) return false
  return match.probability === undefined || random() < match.probability
}

const isAbout = (
  { service, operation, accessKeyId, mutating, name }: FaultRule['match'],
  call: FaultSubject,
) =>
  (service === undefined || service === call.service) &&
  (operation === undefined || operation === call.operation) &&
  (accessKeyId === undefined || accessKeyId === call.accessKeyId) &&
  (mutating === undefined || mutating === call.mutating) &&
  (name === undefined || mentions(call, name))

const mentions = (call: FaultSubject, name: string) =>
  decodeURIComponent(call.path).includes(name) ||
  call.body.includes(name) ||
  call.body.includes(encodeURIComponent(name))

/** mulberry32 */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
