// The control API of the double, below /_sandbox: faults, calls, inventory, credentials, gaps of zones and the clock, for tests that run in
// another process and for `sandbox faults`.
import { z } from 'zod'
import { jsonReply } from './call.ts'
import type { Reply } from './call.ts'
import type { CallLog } from './call-log.ts'
import type { VirtualClock } from './clock.ts'
import type { Credentials } from './auth/credentials.ts'
import { faultSchema } from './limits/faults.ts'
import type { Faults } from './limits/faults.ts'
import type { Inventory } from './inventory.ts'
import { accountId } from './moto/moto.ts'
import { gapSchema } from './limits/zone-gaps.ts'
import type { ZoneGaps } from './limits/zone-gaps.ts'

type Deps = {
  faults: Faults
  log: CallLog
  keys: Credentials
  motoPid: number
  clock: VirtualClock
  gaps: ZoneGaps
  inventory(): Promise<Inventory>
  /** Clusters that run on the machine though no AWS object stands for them: an earlier process made them. */
  forgotten(): Promise<string[]>
}

type Request = { method: string; url: string; body: Buffer }

type Action = (d: Deps, o: { body: unknown; query: URLSearchParams }) => unknown

const credentialSchema = z.discriminatedUnion('action', [
  z.object({ action: z.literal('create'), user: z.string() }),
  z.object({ action: z.literal('create-session'), user: z.string() }),
  z.object({ action: z.literal('expire'), accessKeyId: z.string() }),
  z.object({ action: z.literal('revoke'), accessKeyId: z.string() }),
  z.object({ action: z.literal('restore'), accessKeyId: z.string() }),
])

const actions: Record<string, Action> = {
  'GET faults': (d) => d.faults.list(),
  'POST faults': (d, { body }) =>
    d.faults.add(
      ...z.union([z.array(faultSchema), faultSchema.transform((one) => [one])]).parse(body),
    ),
  'DELETE faults': (d, { query }) => {
    d.faults.remove(query.has('id') ? Number(query.get('id')) : undefined)
    return d.faults.list()
  },
  'GET calls': (d, { query }) =>
    d.log.list({
      service: query.get('service') ?? undefined,
      operation: query.get('operation') ?? undefined,
      mutating: query.has('mutating') ? query.get('mutating') === 'true' : undefined,
    }),
  'DELETE calls': (d) => {
    d.log.clear()
    return []
  },
  'GET inventory': async (d, { query }) => {
    const uid = query.get('uid')
    return (await d.inventory()).filter((item) => uid === null || item.uid === uid)
  },
  'GET credentials': (d) => d.keys.list(),
  'POST credentials': (d, { body }) => changeCredentials(d, credentialSchema.parse(body)),
  'GET clock': (d) => ({ speed: d.clock.speed, nowMs: d.clock.now() }),
  'GET gaps': (d) => d.gaps.list(),
  'POST gaps': (d, { body }) => {
    d.gaps.open(gapSchema.parse(body))
    return d.gaps.list()
  },
  'DELETE gaps': (d, { query }) => {
    d.gaps.close(gapSchema.parse(Object.fromEntries(query)))
    return d.gaps.list()
  },
  'GET work': (d) => d.clock.worked(),
  'POST clock': (d, { body }) => {
    d.clock.advance(z.object({ advanceMs: z.number().positive() }).parse(body).advanceMs)
    return { speed: d.clock.speed, nowMs: d.clock.now() }
  },
  'GET status': async (d) => ({
    kind: 'aws-double',
    processes: { front: process.pid, moto: d.motoPid },
    persistence: 'none: a restart of this process forgets every AWS object, key and cluster record',
    forgottenClusters: await d.forgotten(),
  }),
}

function changeCredentials(d: Deps, input: z.infer<typeof credentialSchema>): unknown {
  if (input.action === 'expire') return { found: d.keys.expire(input.accessKeyId) }
  if (input.action === 'create' || input.action === 'create-session') {
    const principal = { arn: `arn:aws:iam::${accountId}:user/${input.user}`, userId: input.user }
    return input.action === 'create' ? d.keys.create(principal) : d.keys.createSession(principal)
  }
  return { found: d.keys.revoke(input.accessKeyId, input.action === 'revoke') }
}

export function control(d: Deps): (request: Request) => Promise<Reply> {
  return async ({ method, url, body }) => {
    const { pathname, searchParams } = new URL(url, 'http://sandbox')
    const action = pathname.startsWith('/_sandbox/')
      ? actions[`${method} ${pathname.slice('/_sandbox/'.length)}`]
      : undefined
    if (!action)
      return jsonReply(
        {
          __type: 'MissingAuthenticationTokenException',
          message: `Missing Authentication Token (${method} ${pathname})`,
        },
        403,
      )
    try {
      return jsonReply(
        await action(d, {
          body: body.length > 0 ? JSON.parse(body.toString('utf8')) : undefined,
          query: searchParams,
        }),
      )
    } catch (error) {
      if (!(error instanceof z.ZodError) && !(error instanceof SyntaxError)) throw error
      return jsonReply(
        { message: error instanceof z.ZodError ? z.prettifyError(error) : error.message },
        400,
      )
    }
  }
}
