// Admission and conversion webhooks over HTTPS, with certificates that the operator issues and renews
// itself, or that somebody else does, and a caBundle that is kept current wherever the API server looks for it.
import type { Server } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import { delay, systemClock, type Clock } from '../clock.ts'
import type { Kube } from '../kube/kube.ts'
import { https } from '../node-http.ts'
import { boundConnections, intake, Unread, type Intake } from './intake.ts'
import { injectBundle, type Target } from './inject.ts'
import { currentKeyring, givenKeyring, type Keyring } from './keyring.ts'
import {
  admit,
  convertAll,
  mutate,
  type Converter,
  type Mutator,
  type Validator,
} from './reviews.ts'

export type WebhookOptions = {
  kube: Kube
  log: Logger
  clock?: Clock
  /** Of the Secret and the Service. */
  namespace: string
  secretName: string
  /** own (default): issued and renewed here. given: somebody else fills the Secret; it is waited for. */
  certificates?: 'own' | 'given'
  /** Ends the waiting for them. */
  signal?: AbortSignal
  serviceName: string
  port: number
  host?: string
  /** By URL path, for example { '/validate-locusttest': validate }. */
  validate?: Record<string, Validator>
  /** By URL path; these change the object that they are given. */
  mutate?: Record<string, Mutator>
  /** By URL path, for example { '/convert': convert }. */
  convert?: Record<string, Converter>
  /** Objects whose caBundle is kept current. */
  injectInto?: Target[]
}

export interface WebhookServer {
  /** The port it listens on. */
  readonly port: number
  stop(): Promise<void>
}

const checkEveryMs = 60_000
const lastAnswersMs = 1_000
const issueEveryMs = 1_000
/** Of a TLS handshake. */
const handshakeMs = 10_000

/** Resolves when it serves and the caBundle is everywhere. */
export async function webhookServer(o: WebhookOptions): Promise<WebhookServer> {
  const clock = o.clock ?? systemClock
  const keyring = await firstKeyring(o, clock)
  const read = intake(clock)
  const options = { ...keyring.serving, handshakeTimeout: handshakeMs }
  const server = https.createServer(options, (request, response) => {
    void serve({ ...o, read }, request, response)
  })
  boundConnections(server)
  await listening(server, o)
  await inject(o, clock)
  const stopped = new AbortController()
  const upkeep = keepCurrent(o, { clock, server, keyring, signal: stopped.signal })
  return {
    port: (server.address() as AddressInfo).port, // it listens on TCP
    async stop() {
      stopped.abort(new Error('the webhook server stops'))
      await upkeep
      await closed(server)
    },
  }
}

const keyringOf = (o: WebhookOptions, clock: Clock): Promise<Keyring> =>
  o.certificates === 'given' ? givenKeyring({ ...o, clock }) : currentKeyring({ ...o, clock })

async function firstKeyring(o: WebhookOptions, clock: Clock): Promise<Keyring> {
  for (;;) {
    try {
      return await keyringOf(o, clock)
    } catch (error) {
      if (o.certificates !== 'given') throw error
      o.log.info({ err: error }, 'waiting for the certificates of the webhooks')
      await delay(clock, issueEveryMs, o.signal)
    }
  }
}

const listening = (server: Server, { port, host }: WebhookOptions): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host ?? '0.0.0.0', resolve)
  })

/** The API server keeps spare connections that have never carried a request: to Node these are not idle. */
const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    const limit = setTimeout(() => server.closeAllConnections(), lastAnswersMs)
    server.close(() => {
      clearTimeout(limit)
      resolve()
    })
    server.closeIdleConnections()
  })

async function inject(o: WebhookOptions, clock: Clock): Promise<void> {
  const currentBundle = async () => (await keyringOf(o, clock)).bundle
  for (const target of o.injectInto ?? []) {
    const found = await injectBundle(o.kube, target, { ...o, currentBundle })
    if (!found)
      o.log.warn({ target: target.name }, 'no such object to inject the caBundle into yet')
  }
}

/** The Secret may be renewed by another replica, and a Helm upgrade may wipe a caBundle: look every minute. */
async function keepCurrent(
  o: WebhookOptions,
  at: { clock: Clock; server: Server; keyring: Keyring; signal: AbortSignal },
): Promise<void> {
  let { keyring } = at
  for (;;) {
    await delay(at.clock, checkEveryMs, at.signal).catch(() => undefined)
    if (at.signal.aborted) return
    try {
      const next = await keyringOf(o, at.clock)
      await inject(o, at.clock) // trusted before it is served
      if (next.serving.cert !== keyring.serving.cert) at.server.setSecureContext(next.serving)
      keyring = next
    } catch (error) {
      o.log.warn({ err: error }, 'webhook certificates not checked; trying again')
    }
  }
}

async function serve(
  o: WebhookOptions & { read: Intake },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = request.url?.split('?')[0] ?? ''
  const work = workAt(o, path)
  try {
    if (!work) throw new Unread(404, `nothing at ${path}`)
    const reviewed = await o.read(request, work)
    answer(response, 200, reviewed)
  } catch (error) {
    if (error instanceof Unread) return leaveUnread(request, response, error)
    // The API server then does what the webhook's failurePolicy says.
    o.log.error({ err: error, path }, 'webhook failed')
    answer(response, 500, {
      message: error instanceof Error ? error.message : 'the webhook failed',
    })
  }
}

function workAt(o: WebhookOptions, path: string): ((body: unknown) => unknown) | undefined {
  const [validate, change, convert] = [o.validate?.[path], o.mutate?.[path], o.convert?.[path]]
  if (validate) return (body) => admit(body, validate)
  if (change) return (body) => mutate(body, change)
  return convert && ((body) => convertAll(body, convert))
}

/** What was sent of the body is in the way of whatever would follow. */
function leaveUnread(request: IncomingMessage, response: ServerResponse, why: Unread): void {
  response.once('finish', () => request.destroy())
  response.setHeader('connection', 'close')
  answer(response, why.status, { message: why.message })
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  response.writeHead(status, { 'content-type': 'application/json' }).end(text)
}
