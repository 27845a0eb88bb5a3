// What becomes of a handler that fails: again in a while, never again, or as often as it was allowed to. Each handler has its
// own attempts; one that fails for good leaves the Widget Stalled, and the others go on.
import { Permanent, Temporary, type Operator } from '@cratekube/framework'
import { widgets } from './widget.ts'

export default (op: Operator) => {
  op.for(widgets)
    .onCreate(async function once() {
      throw new Permanent('the paint is sold out, for good')
    })
    .onCreate(async function eventually(c) {
      if (c.attempt < 3) throw new Temporary('the paint is still wet', { delayMs: 200 })
      c.log.info({ attempt: c.attempt }, 'dry at last')
    })
    .onCreate(
      async function threeTimes(c) {
        c.log.info('tried')
        throw new Error('a bug, that might be none')
      },
      { retries: 3, backoffMs: 200 },
    )
    .onCreate(
      async function nobodyMinds() {
        throw new Error('nothing depends on it')
      },
      { errors: 'ignored' },
    )
}
