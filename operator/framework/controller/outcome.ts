// How a handler ends: it returns an Outcome or throws Retry or Stall. Anything else thrown is treated as
// Retry with reason Error, so that a bug backs off instead of ending the operator.

export type Outcome =
  | { readonly type: 'settled' }
  | {
      readonly type: 'again'
      readonly afterMs: number
      readonly reason: string
      readonly message: string
    }

/** Done: Ready=True at the observed generation. */
export const settled: Outcome = { type: 'settled' }

/** Not there yet, and that is no failure: Ready=False, Reconciling=True, the same key again after `afterMs`. */
export const again = (afterMs: number, why: { reason: string; message: string }): Outcome => ({
  type: 'again',
  afterMs,
  // By name: what is given may hold more, such as the `type` of a condition.
  reason: why.reason,
  message: why.message,
})

/** Failed, and likely to succeed when tried again: backs off. */
export class Retry extends Error {
  override readonly name = 'Retry'
  readonly reason: string
  readonly afterMs?: number

  constructor(reason: string, message: string, o: { afterMs?: number; cause?: unknown } = {}) {
    super(message, { cause: o.cause })
    this.reason = reason
    if (o.afterMs !== undefined) this.afterMs = o.afterMs
  }
}

/** Failed, and trying again cannot help: Stalled=True until the generation or requestedAt changes. */
export class Stall extends Error {
  override readonly name = 'Stall'
  readonly reason: string

  constructor(reason: string, message: string, o: { cause?: unknown } = {}) {
    super(message, { cause: o.cause })
    this.reason = reason
  }
}

const temporaryMs = 60_000

/** kopf's word for a Retry that says when, in a minute by default. */
export class Temporary extends Retry {
  constructor(message: string, o: { delayMs?: number; reason?: string; cause?: unknown } = {}) {
    const { delayMs = temporaryMs, reason = 'TemporaryError', cause } = o
    super(reason, message, { afterMs: delayMs, cause })
  }
}

/** kopf's word for a Stall: a handler that throws it is not called again for the same change. */
export class Permanent extends Stall {
  constructor(message: string, o: { reason?: string; cause?: unknown } = {}) {
    super(o.reason ?? 'PermanentError', message, { cause: o.cause })
  }
}
