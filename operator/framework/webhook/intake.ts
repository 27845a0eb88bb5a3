// What a webhook reads of a call: bounded in size, in time and in number. The API server shows no certificate, so any pod
// may call; it may be refused work, but neither fill the memory nor keep the API server out alone.
import type { IncomingMessage } from 'node:http'
import type { Server } from 'node:https'
import type { Socket } from 'node:net'
import { delay, type Clock } from '../clock.ts'
import { turns } from './turns.ts'

/** The API server takes requests of 3 MiB; a review has the object as it is and as it was, or a page of a list. */
const longestBody = 8 * 1024 * 1024
/** Of waiting for a turn, and of the body after that. The API server waits no longer either. */
const patienceMs = 5_000
const bodies = { atOnce: 6, ofOneCaller: 3 }
const connections = { atOnce: 512, ofOneCaller: 128 }

type Status = 404 | 408 | 413 | 429

/** What is not read, with the status that says so. */
export class Unread extends Error {
  override readonly name = 'Unread'
  readonly status: Status

  constructor(status: Status, message: string) {
    super(message)
    this.status = status
  }
}

/** Calls `work` with the parsed body. Throws Unread before that, when a bound is passed. */
export type Intake = <Result>(
  request: IncomingMessage,
  work: (body: unknown) => Promise<Result> | Result,
) => Promise<Result>

export function intake(clock: Clock): Intake {
  const places = turns(bodies)
  return async (request, work) => {
    if (Number(request.headers['content-length'] ?? 0) > longestBody) throw tooLarge()
    const caller = request.socket.remoteAddress ?? ''
    // Held until the work is done: what was read is kept that long.
    using _place = await within(clock, tooMany(), (signal) => places.take(caller, signal))
    return work(await within(clock, tooSlow(), (signal) => bodyOf(request, signal)))
  }
}

/** Sockets cost memory before they say anything. */
export function boundConnections(server: Server): void {
  const open = new Map<string, number>()
  server.maxConnections = connections.atOnce
  server.on('connection', (socket: Socket) => {
    const caller = socket.remoteAddress ?? ''
    const count = (open.get(caller) ?? 0) + 1
    if (count > connections.ofOneCaller) return socket.destroy()
    open.set(caller, count)
    socket.once('close', () => {
      const left = (open.get(caller) ?? 1) - 1
      if (left > 0) open.set(caller, left)
      else open.delete(caller)
    })
  })
}

const tooLarge = () => new Unread(413, `expected a review of at most ${longestBody} bytes`)
const tooSlow = () => new Unread(408, `expected the whole review within ${patienceMs} ms`)
const tooMany = () => new Unread(429, 'too many reviews at once')

async function within<Result>(
  clock: Clock,
  otherwise: Unread,
  act: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const [late, done] = [new AbortController(), new AbortController()]
  const limit = delay(clock, patienceMs, done.signal).then(
    () => late.abort(otherwise),
    () => undefined, // done in time
  )
  try {
    return await act(late.signal)
  } finally {
    done.abort(new Error('done in time'))
    await limit
  }
}

function bodyOf(request: IncomingMessage, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let length = 0
    const fail = (error: Error) => {
      request.pause()
      parts.length = 0
      reject(error)
    }
    signal.addEventListener('abort', () => fail(signal.reason as Error), { once: true }) // an Unread
    request.on('error', fail)
    request.on('data', (part: Buffer) => {
      length += part.length
      if (length > longestBody) return fail(tooLarge())
      parts.push(part)
    })
    request.on('end', () => {
      try {
        resolve(JSON.parse(Buffer.concat(parts).toString('utf8')))
      } catch (error) {
        reject(error as Error) // JSON.parse throws SyntaxError only
      }
    })
  })
}
