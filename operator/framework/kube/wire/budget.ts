// A limit on what several calls to one API server may take together, in time and in bytes.
import { tooLarge } from '../errors.ts'
import type { Transport } from './transport.ts'

export type Budget = { signal: AbortSignal; maxBytes: number }

export function within(transport: Transport, { signal, maxBytes }: Budget): Transport {
  let left = maxBytes
  return {
    ...transport,
    async send(sent) {
      if (left <= 0) throw tooLarge(sent, maxBytes)
      const answer = await transport.send({
        ...sent,
        maxAnswerBytes: Math.min(left, sent.maxAnswerBytes ?? left),
        signal: sent.signal ? AbortSignal.any([sent.signal, signal]) : signal,
      })
      left -= Buffer.byteLength(answer.body)
      return answer
    },
  }
}
