// Services that moto keeps: forward, then make moto's gaps loud. It answers HTML to what it does not know; AWS never does.
import type { Call, Reply } from '../call.ts'
import { notImplemented } from '../errors.ts'
import type { Moto } from './moto.ts'

export async function forwardToMoto(moto: Moto, call: Call): Promise<Reply> {
  const reply = await moto.forward(call)
  if (reply.status >= 400 && isHtml(reply)) throw notImplemented(call)
  return {
    ...reply,
    headers: { ...reply.headers, 'content-type': contentType(reply) },
    body: withRequestId(reply.body, call.requestId),
  }
}

const isHtml = (reply: Reply) =>
  (reply.headers['content-type'] ?? '').startsWith('text/html') &&
  !reply.body.trimStart().startsWith('<?xml') &&
  !/^\s*[{<](?!!doctype)/i.test(reply.body)

/** moto calls XML and JSON text/html now and then. */
function contentType(reply: Reply): string {
  const given = reply.headers['content-type'] ?? ''
  if (!given.startsWith('text/html')) return given
  return reply.body.trimStart().startsWith('{') ? 'application/json' : 'text/xml'
}

const withRequestId = (body: string, requestId: string) =>
  body.replace(
    /<(requestId|RequestId|RequestID)>[^<]*<\/\1>/,
    (_, tag: string) => `<${tag}>${requestId}</${tag}>`,
  )
