// One request through a fault, or straight to the server.
import { delay, type Clock } from '../../index.ts'
import { errorFromNetwork } from '../../kube/errors.ts'
import type { Sent } from '../../kube/wire/transport.ts'
import type { Fault } from './faults.ts'
import { Refusal } from './refusal.ts'

export async function struck<T>(
  fault: Fault | undefined,
  sent: Sent,
  clock: Clock,
  serve: () => T,
): Promise<T> {
  await Promise.resolve() // an answer never comes in the same turn
  sent.signal?.throwIfAborted()
  if (!fault) return serve()
  if ('hang' in fault) return never(sent.signal)
  if ('reset' in fault) {
    if (fault.reset === 'after') serve()
    throw errorFromNetwork(sent, Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }))
  }
  if ('delayMs' in fault) {
    await delay(clock, fault.delayMs, sent.signal)
    return serve()
  }
  return refused(fault) as T // an answer with a body fits both kinds: chunks for a stream
}

function refused(fault: { answer: number; reason?: string; retryAfterSeconds?: number }) {
  const refusal = new Refusal(fault.answer, fault.reason ?? 'Fault', 'a fault by script')
  const body = JSON.stringify(refusal.body())
  const { retryAfterSeconds } = fault
  return {
    status: fault.answer,
    ...(retryAfterSeconds !== undefined && { retryAfter: String(retryAfterSeconds) }),
    body,
    chunks: [body],
  }
}

const never = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
  })
