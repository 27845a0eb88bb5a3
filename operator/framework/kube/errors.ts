// The one error that talking to the Kubernetes API can end in, however it failed.
import { clipped } from '../clip.ts'

/** However long a server asks to be left alone. */
const longestPauseSeconds = 300
/** What a server says in a refusal ends up in messages that are kept. */
const longestMessage = 8_192

export class KubeError extends Error {
  override readonly name = 'KubeError'
  /** HTTP status; 0 when no answer came. */
  readonly status: number
  /** Kubernetes' reason (NotFound, Conflict, …) or the network error's code. */
  readonly reason: string
  readonly retryAfterMs?: number
  readonly #text: string | undefined

  constructor(
    message: string,
    o: {
      status: number
      reason: string
      text?: string | undefined
      retryAfterMs?: number | undefined
      cause?: unknown
    },
  ) {
    super(clipped(message, longestMessage), { cause: o.cause })
    this.status = o.status
    this.reason = clipped(o.reason, 128)
    this.#text = o.text
    if (o.retryAfterMs !== undefined) this.retryAfterMs = o.retryAfterMs
  }

  /** The message without the request that it answers. */
  get text(): string {
    return this.#text === undefined ? this.message : clipped(this.#text, longestMessage)
  }
}

/** An error of the API server: its Status body when there is one. */
export function errorFromAnswer(
  request: { method: string; path: string },
  status: number,
  answer: { body: string; retryAfter?: string | undefined },
): KubeError {
  const parsed = statusBody(answer.body)
  const seconds = Number(answer.retryAfter ?? Number.NaN)
  const text = parsed.message ?? (answer.body.slice(0, 300).trim() || 'no message')
  return new KubeError(`${request.method} ${request.path}: ${status} ${text}`, {
    status,
    reason: parsed.reason ?? `Http${status}`,
    text,
    retryAfterMs: Number.isFinite(seconds)
      ? Math.min(seconds, longestPauseSeconds) * 1000
      : undefined,
  })
}

/** No answer: refused, reset, timed out, TLS. */
export function errorFromNetwork(
  request: { method: string; path: string },
  cause: unknown,
): KubeError {
  const code = (cause as { code?: string }).code ?? 'NetworkError'
  const text = cause instanceof Error ? cause.message : String(cause)
  return new KubeError(`${request.method} ${request.path}: ${text}`, {
    status: 0,
    reason: code,
    cause,
  })
}

/** The answer had more bytes than this client reads; the connection it came on is gone. */
export const tooLarge = (
  { method, path }: { method: string; path: string },
  limit: number,
): KubeError =>
  new KubeError(`${method} ${path}: the answer is larger than ${limit} bytes`, {
    status: 0,
    reason: answerTooLarge,
  })

export const answerTooLarge = 'AnswerTooLarge'

export const isTooLarge = (error: unknown): boolean =>
  error instanceof KubeError && error.reason === answerTooLarge

export const isNotFound = (error: unknown): boolean => hasStatus(error, 404)
export const isConflict = (error: unknown): boolean => hasStatus(error, 409)
export const isGone = (error: unknown): boolean =>
  hasStatus(error, 410) || (error instanceof KubeError && error.reason === 'Expired')

/** A JSON patch whose test failed (422 in general words), or an optimistic lock that did (409). */
export const isChangedMeanwhile = (error: unknown): boolean =>
  hasStatus(error, 409) || hasStatus(error, 422)

const hasStatus = (error: unknown, status: number): boolean =>
  error instanceof KubeError && error.status === status

function statusBody(body: string): { message?: string; reason?: string } {
  try {
    const { message, reason } = (JSON.parse(body) ?? {}) as { message?: unknown; reason?: unknown } // read field by field
    return {
      ...(typeof message === 'string' && { message }),
      ...(typeof reason === 'string' && { reason }),
    }
  } catch {
    return {} // a proxy's HTML or plain text: the caller shows it as it is
  }
}
