// What runs beside a Widget: a timer that ticks every so often, and a daemon that lives as long as the Widget does. Both see it
// as it is now, not as it was when they began, and what they say of its status is written at once.
import { delay, systemClock, Temporary, type Operator } from '@cratekube/framework'
import { widgets } from './widget.ts'

export default (op: Operator) => {
  op.for(widgets)
    .timer(
      async function tick(c) {
        c.log.info({ color: c.obj.spec.color }, 'tick')
      },
      { everyMs: 500, initialDelayMs: 100 },
    )
    .timer(
      async function afterAWhile(c) {
        c.log.info('left alone for a second')
      },
      { everyMs: 500, initialDelayMs: 0, idleMs: 1_000 },
    )
    .daemon(async function follow(c) {
      if (c.attempt < 2) throw new Temporary('not yet', { delayMs: 100 })
      while (!c.signal.aborted) {
        c.status({ message: `follows ${c.obj.spec.color}` })
        await delay(systemClock, 200, c.signal).catch(() => undefined)
      }
      c.log.info('stopped')
    })
}
