// Every change as the watch brings it. Nothing is kept or tried again: what such a handler throws is logged.
import type { Operator } from '@cratekube/framework'
import { widgets } from '../widget.ts'

export default (op: Operator) => {
  op.for(widgets)
    .onEvent(() => {
      throw new Error('Oops!')
    })
    .onEvent(({ type, obj, log }) => log.info(`${type}: ${obj.spec.color}`))
}
