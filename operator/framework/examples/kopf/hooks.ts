// Handlers of the operator itself: before it begins, after it has ended, and for its probes.
import { Temporary, type Operator } from '@cratekube/framework'
import { widgets } from '../widget.ts'

export default (op: Operator) => {
  op.onStartup(async function mixPaint({ log, memo }) {
    memo['paint'] = 'red'
    log.info('paint is mixed')
  })
  op.onStartup(async function openShop({ log, attempt }) {
    if (attempt < 2) throw new Temporary('the door is stuck', { delayMs: 200 })
    log.info('the shop is open')
  })
  op.onCleanup(async function sweep({ log }) {
    log.info('swept')
  })
  op.onProbe('paint', ({ memo }) => memo['paint'])
  op.for(widgets).onCreate(async function paint(c) {
    c.log.info(`painted ${String(c.memo['paint'])}`)
  })
}
