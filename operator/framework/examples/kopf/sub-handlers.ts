// A handler that makes handlers of its own, one for each item. Each is called until it succeeds, and not again while others are
// still tried; the one that made them succeeds when all of them have.
import { Temporary, type Operator } from '@cratekube/framework'
import { widgets } from '../widget.ts'

export default (op: Operator) => {
  op.for(widgets).onCreate(async function assemble(c) {
    for (const item of c.obj.spec.items ?? [])
      c.subhandler(item, async (sub) => {
        if (item === 'heavy' && sub.attempt < 1)
          throw new Temporary('two have to carry it', { delayMs: 200 })
        sub.log.info(`put in ${item}`)
      })
  })
}
