// The one HTTP endpoint of the double: finds out which AWS operation a request is, plays faults, checks the signature, keeps to
// the rate limits, hands it to the service, and writes everything down.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { jsonReply, mutates, operationOf } from './call.ts'
import type { Call, Reply } from './call.ts'
import type { CallLog } from './call-log.ts'
import type { Credentials, Principal } from './auth/credentials.ts'
import { AwsError, denied, errorReply, throttled, tokenExpired, unavailable } from './errors.ts'
import type { FaultRule, Faults } from './limits/faults.ts'
import { parseAuthorization } from './auth/sigv4.ts'
import type { Authorization } from './auth/sigv4.ts'
import type { TokenBuckets } from './limits/token-buckets.ts'

export type Service = {
  /** Name of the operation of a REST service; undefined when there is none at this path. */
  route?(call: Pick<Call, 'method' | 'path'>): string | undefined
  answer(call: Call): Promise<Reply>
}

export type FrontDeps = {
  service(name: string): Service
  credentials: Credentials
  /** Throws what AWS says to a caller whose policy does not allow the call. */
  authorize(call: Call, principal: Principal): Promise<void>
  faults: Faults
  buckets: TokenBuckets
  log: CallLog
  /** Anything that is no AWS call: the control API and the webhook. */
  other(request: { method: string; url: string; body: Buffer }): Promise<Reply>
  onError(error: unknown): void
}

export function front(d: FrontDeps): Server {
  const server = createServer({ keepAliveTimeout: 60_000 }, (incoming, outgoing) => {
    readBody(incoming)
      .then((body) => serve(d, { incoming, outgoing, body }))
      .catch((error: unknown) => {
        d.onError(error)
        if (outgoing.headersSent) outgoing.destroy()
        else send(outgoing, jsonReply({ message: failureText(error) }, 500), randomUUID())
      })
  })
  return server
}

type Exchange = { incoming: IncomingMessage; outgoing: ServerResponse; body: Buffer }

async function serve(d: FrontDeps, x: Exchange): Promise<void> {
  const authorization = parseAuthorization(x.incoming.headers.authorization)
  if (!authorization) {
    const reply = await d.other({
      method: x.incoming.method ?? 'GET',
      url: x.incoming.url ?? '/',
      body: x.body,
    })
    return send(x.outgoing, reply, randomUUID())
  }
  const call = callOf(d, x, authorization)
  const startedAt = performance.now()
  const reply = await answered(d, call, authorization)
  d.log.add({
    at: new Date().toISOString(),
    service: call.service,
    operation: call.operation,
    region: call.region,
    mutating: mutates(call.operation),
    accessKeyId: call.accessKeyId,
    status: reply?.status ?? 0,
    ...(reply && reply.status >= 400 && reply.code !== undefined ? { error: reply.code } : {}),
    ms: Math.round((performance.now() - startedAt) * 10) / 10,
    requestId: call.requestId,
  })
  if (reply) send(x.outgoing, reply, call.requestId)
  else x.incoming.socket.destroy()
}

function callOf(d: FrontDeps, x: Exchange, authorization: Authorization): Call {
  const { scope } = authorization
  const [path, rawQuery] = splitOnce(x.incoming.url ?? '/', '?')
  const method = x.incoming.method ?? 'GET'
  const isForm =
    x.incoming.headers['content-type']?.startsWith('application/x-www-form-urlencoded') ?? false
  const form = new URLSearchParams(isForm ? x.body.toString('utf8') : '')
  const operation =
    d.service(scope.service).route?.({ method, path }) ?? operationOf(x.incoming.headers, form)
  return {
    service: scope.service,
    operation: operation ?? `${method} ${path}`,
    region: scope.region,
    accessKeyId: scope.accessKeyId,
    caller: '',
    method,
    path,
    query: new URLSearchParams(rawQuery),
    rawQuery,
    headers: x.incoming.headers,
    body: x.body,
    form,
    requestId: randomUUID(),
  }
}

type Answer = (Reply & { code?: string }) | undefined

/** Undefined: cut the connection. */
async function answered(d: FrontDeps, call: Call, authorization: Authorization): Promise<Answer> {
  const rule = d.faults.strike({ ...call, mutating: mutates(call.operation) })
  if (rule?.action.type === 'drop-before') return undefined
  try {
    await playBefore(rule, call)
    const credential = d.credentials.authenticate(call, authorization)
    call.caller = credential.principal.arn
    if (rule?.action.type === 'deny') throw denied(call, call.caller)
    await d.authorize(call, credential.principal)
    if (!d.buckets.take(call)) throw throttled(call.service)
    call.fault = rule
    const reply = await d.service(call.service).answer(call)
    return rule?.action.type === 'drop-after' ? undefined : reply
  } catch (error) {
    if (!(error instanceof AwsError)) d.onError(error)
    const known =
      error instanceof AwsError ? error : new AwsError('InternalFailure', failureText(error), 500)
    return { ...errorReply(call, known), code: known.code }
  }
}

const failureText = (error: unknown) => `the AWS sandbox failed: ${String(error)}`

async function playBefore(rule: FaultRule | undefined, call: Call): Promise<void> {
  const action = rule?.action
  switch (action?.type) {
    case 'throttle':
      throw throttled(call.service)
    case 'error':
      throw new AwsError(action.code, action.message, action.http)
    case 'outage':
      throw unavailable()
    case 'token-expired':
      throw tokenExpired(call.service)
    case 'delay': {
      const { ms } = action
      return new Promise((resolve) => setTimeout(resolve, ms))
    }
    default:
      // Everything else is played later, by the front or by the service.
      return undefined
  }
}

function send(outgoing: ServerResponse, reply: Reply, requestId: string): void {
  outgoing.writeHead(reply.status, {
    ...reply.headers,
    'x-amzn-requestid': requestId,
    'content-length': Buffer.byteLength(reply.body),
  })
  outgoing.end(reply.body)
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  // Without an encoding, a request yields buffers.
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + separator.length)]
}
