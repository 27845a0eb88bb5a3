// One connection pool to one API server: requests over keep-alive connections, watches over their own.
// Node's own https, because undici and client-node cost 20 to 40 MB of memory.
import type { Agent, ClientRequest, IncomingMessage, ProxyEnv } from 'node:http'
import type { AgentOptions } from 'node:https'
import { http, https } from '../../node-http.ts'
import type { KubeCredentials } from '../credentials/credentials.ts'
import { errorFromNetwork, isTooLarge, tooLarge } from '../errors.ts'

export type Sent = {
  method: string
  path: string
  headers?: Record<string, string>
  body?: string
  signal?: AbortSignal | undefined
  /** Of the whole answer; of its head alone when streaming. */
  timeoutMs?: number
  /** Less than the transport's own limit. */
  maxAnswerBytes?: number
}

export type Answer = { status: number; retryAfter?: string | undefined; body: string }
export type StreamAnswer = {
  status: number
  retryAfter?: string | undefined
  chunks: AsyncIterable<string>
}

export interface Transport {
  send(request: Sent): Promise<Answer>
  stream(request: Sent): Promise<StreamAnswer>
  close(): void
}

const maxConnections = 16
const defaultTimeoutMs = 30_000
/** More than a page of a list is on any server, and less than a process of ours can bear. */
export const defaultMaxAnswerBytes = 16 * 2 ** 20

export function httpsTransport(
  credentials: KubeCredentials,
  o: { timeoutMs?: number; maxAnswerBytes?: number; proxy?: ProxyEnv } = {},
): Transport {
  const server = new URL(credentials.server)
  const { requests, watches, request } = pools(server, credentials, o.proxy)
  const base = server.pathname.replace(/\/$/, '')
  const start = async (sent: Sent, agent: Agent) => {
    const headers: Record<string, string> = { ...sent.headers }
    if (credentials.token) headers['authorization'] = `Bearer ${await credentials.token()}`
    if (sent.body !== undefined) headers['content-length'] = String(Buffer.byteLength(sent.body))
    return request(server, { method: sent.method, path: base + sent.path, headers, agent })
  }
  const ownLimit = o.maxAnswerBytes ?? defaultMaxAnswerBytes
  const timeoutOf = (sent: Sent) => sent.timeoutMs ?? o.timeoutMs ?? defaultTimeoutMs
  return {
    send: (sent) =>
      withRefreshedToken(credentials, async () => {
        using limit = timeLimit(sent.signal, timeoutOf(sent))
        const response = await head(await start(sent, requests), sent, limit.signal)
        const maxBytes = Math.min(ownLimit, sent.maxAnswerBytes ?? ownLimit)
        const body = await text(response, sent, { signal: limit.signal, maxBytes })
        return {
          status: response.statusCode ?? 0,
          retryAfter: response.headers['retry-after'],
          body,
        }
      }),
    stream: (sent) =>
      withRefreshedToken(credentials, async () => {
        using limit = timeLimit(sent.signal, timeoutOf(sent))
        const response = await head(await start(sent, watches), sent, limit.signal)
        return {
          status: response.statusCode ?? 0,
          retryAfter: response.headers['retry-after'],
          chunks: chunksOf(response, sent),
        }
      }),
    close() {
      requests.destroy()
      watches.destroy()
    },
  }
}

function pools(server: URL, c: KubeCredentials, proxyEnv: ProxyEnv | undefined) {
  const secure = server.protocol === 'https:'
  const tls = {
    ...(c.ca && { ca: c.ca }),
    ...(c.cert && { cert: c.cert }),
    ...(c.key && { key: c.key }),
    ...(c.serverName && { servername: c.serverName }),
    // Said in either case: NODE_TLS_REJECT_UNAUTHORIZED of the environment would decide otherwise.
    rejectUnauthorized: !c.insecureSkipTlsVerify,
  }
  const pool = (options: AgentOptions) =>
    secure
      ? new https.Agent({ ...options, ...tls, ...(proxyEnv && { proxyEnv }) })
      : new http.Agent({ ...options, ...(proxyEnv && { proxyEnv }) })
  return {
    requests: pool({ keepAlive: true, maxSockets: maxConnections, scheduling: 'lifo' }),
    watches: pool({ keepAlive: false }),
    request: secure ? https.request : http.request,
  }
}

/** A token may have been rotated since it was read: one more try with a fresh one. */
async function withRefreshedToken<T extends { status: number }>(
  credentials: KubeCredentials,
  attempt: () => Promise<T>,
): Promise<T> {
  const answer = await attempt()
  if (answer.status !== 401 || !credentials.token) return answer
  await credentials.token({ refresh: true })
  return attempt()
}

function timeLimit(outer: AbortSignal | undefined, ms: number) {
  const controller = new AbortController()
  const timer = setTimeout(() => {
    const error = Object.assign(new Error(`no answer within ${ms} ms`), { code: 'ETIMEDOUT' })
    controller.abort(error)
  }, ms)
  return {
    signal: outer ? AbortSignal.any([outer, controller.signal]) : controller.signal,
    [Symbol.dispose]: () => clearTimeout(timer),
  }
}

/** Sends the request and waits for the head of the answer. */
function head(request: ClientRequest, sent: Sent, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const abort = () => request.destroy(signal.reason as Error) // reasons in this code base are Errors
    signal.addEventListener('abort', abort, { once: true })
    request.once('response', (response) => {
      signal.removeEventListener('abort', abort)
      resolve(response)
    })
    request.on('error', (cause: NodeJS.ErrnoException) => {
      signal.removeEventListener('abort', abort)
      reject(networkError(sent, cause, request.reusedSocket))
    })
    if (signal.aborted) abort()
    request.end(sent.body)
  })
}

/** Reads the body; one that is too large is given up at the limit, with its connection. */
async function text(
  response: IncomingMessage,
  sent: Sent,
  { signal, maxBytes }: { signal: AbortSignal; maxBytes: number },
): Promise<string> {
  const abort = () => response.destroy(signal.reason as Error)
  signal.addEventListener('abort', abort, { once: true })
  try {
    if (signal.aborted) abort()
    const parts: Buffer[] = []
    let bytes = 0
    for await (const chunk of response) {
      const part = chunk as Buffer // no encoding is set, so parts are Buffers
      bytes += part.length
      if (bytes > maxBytes) throw tooLarge(sent, maxBytes) // leaving the loop destroys the response
      parts.push(part)
    }
    return Buffer.concat(parts).toString('utf8')
  } catch (cause) {
    throw isTooLarge(cause) ? cause : networkError(sent, cause, false)
  } finally {
    signal.removeEventListener('abort', abort)
  }
}

async function* chunksOf(response: IncomingMessage, sent: Sent): AsyncGenerator<string> {
  const abort = () => response.destroy(sent.signal?.reason as Error)
  sent.signal?.addEventListener('abort', abort, { once: true })
  try {
    if (sent.signal?.aborted) abort()
    response.setEncoding('utf8')
    for await (const part of response) yield part as string // an encoding is set, so parts are strings
  } catch (cause) {
    throw networkError(sent, cause, false)
  } finally {
    sent.signal?.removeEventListener('abort', abort)
    response.destroy()
  }
}

function networkError(sent: Sent, cause: unknown, reusedSocket: boolean): unknown {
  if (sent.signal?.aborted) return sent.signal.reason
  const error = errorFromNetwork(sent, cause)
  // The server closed an idle connection as we took it: it has read nothing of the request.
  return reusedSocket ? Object.assign(error, { unsent: true }) : error
}
