// One call to the API: headers and query in, the parsed body or a KubeError out.
import { errorFromAnswer, KubeError } from '../errors.ts'
import type { RequestOptions } from '../kube.ts'
import type { Transport } from './transport.ts'

export type Ask = (
  method: string,
  path: string,
  body?: unknown,
  o?: RequestOptions,
) => Promise<unknown>

/** Of a connection that says nothing else; an operator says its name. */
export const defaultUserAgent = 'operator-framework'

export function asker(transport: Transport, userAgent = defaultUserAgent): Ask {
  return async (method, path, body, o = {}) => {
    const sent = {
      method,
      path: path + queryText(o.query),
      headers: {
        accept: o.as === 'text' ? '*/*' : 'application/json',
        'user-agent': userAgent,
        ...(body !== undefined && { 'content-type': o.contentType ?? 'application/json' }),
      },
      signal: o.signal,
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(o.timeoutMs !== undefined && { timeoutMs: o.timeoutMs }),
      ...(o.maxAnswerBytes !== undefined && { maxAnswerBytes: o.maxAnswerBytes }),
    }
    const answer = await transport.send(sent)
    if (answer.status >= 300) throw errorFromAnswer({ method, path }, answer.status, answer)
    if (o.as === 'text') return answer.body
    return parsed(answer.body, `${method} ${path}`)
  }
}

function parsed(body: string, call: string): unknown {
  if (!body) return undefined
  try {
    return JSON.parse(body)
  } catch (cause) {
    throw new KubeError(`${call}: the answer is not JSON`, {
      status: 0,
      reason: 'BadAnswer',
      cause,
    })
  }
}

export function queryText(query: RequestOptions['query'] = {}): string {
  const set = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  )
  return set.length ? `?${new URLSearchParams(set).toString()}` : ''
}
