// Idempotency that moto lacks: the same ClientToken with the same request gets the first reply again.
import { AwsError } from '../errors.ts'
import type { Answer } from './guard.ts'
import { jsonBody } from '../call.ts'
import type { Call, Reply } from '../call.ts'

export function remembered(answer: Answer): Answer {
  const replies = new Map<string, { request: string; reply: Promise<Reply> }>()
  return async (call) => {
    const token = tokenOf(call)
    if (token === undefined) return answer(call)
    const key = `${call.region}/${call.operation}/${token}`
    const request = call.body.toString('utf8')
    const known = replies.get(key)
    if (known && known.request !== request)
      throw new AwsError(
        'IdempotentParameterMismatch',
        'Idempotent request parameters do not match those of the previous request',
        400,
      )
    if (known) return known.reply
    const reply = answer(call)
    replies.set(key, { request, reply })
    const done = await reply.catch((error: unknown) => {
      replies.delete(key)
      throw error
    })
    if (done.status >= 300) replies.delete(key)
    return done
  }
}

function tokenOf(call: Call): string | undefined {
  if (call.service === 'ec2') return call.form.get('ClientToken') ?? undefined
  const token = jsonBody(call)['ClientToken']
  return typeof token === 'string' ? token : undefined
}
