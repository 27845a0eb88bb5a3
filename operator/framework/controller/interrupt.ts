// Why a handler's signal was aborted. Always the signal's reason, so a handler can tell them apart.

export type InterruptCause =
  | 'deadline'
  | 'superseded'
  | 'deleted'
  | 'unmatched'
  | 'lease-lost'
  | 'shutdown'

const explain: Record<InterruptCause, string> = {
  deadline: 'the handler ran past its deadline',
  superseded: 'the object changed while the handler ran',
  deleted: 'the object was deleted while the handler ran',
  unmatched: 'the object is none of those that the handler is for any more',
  'lease-lost': 'this process is no longer the leader',
  shutdown: 'the operator is stopping',
}

export class Interrupt extends Error {
  override readonly name = 'Interrupt'
  readonly interrupt: InterruptCause

  constructor(interrupt: InterruptCause) {
    super(explain[interrupt])
    this.interrupt = interrupt
  }
}
