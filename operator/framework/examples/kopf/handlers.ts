// Several handlers of each sort, with progress of their own. Those of updates are told what changed, over restarts too.
import type { Operator } from '@cratekube/framework'
import { widgets } from '../widget.ts'

export default (op: Operator) => {
  op.for(widgets)
    .onResume(async function resumedFirst(c) {
      c.log.info('resumed first')
    })
    .onResume(async function resumedSecond(c) {
      c.log.info('resumed second')
    })
    .onCreate(async function createdFirst(c) {
      c.log.info('created first')
    })
    .onCreate(async function createdSecond(c) {
      c.log.info('created second')
    })
    .onUpdate(async function updated(c) {
      const paths = c.diff.map(({ op: what, path }) => `${what} ${path.join('.')}`)
      c.log.info(`updated: ${paths.join(', ')}`)
    })
    .onField<string>('spec.color', async function repainted(c, was, now) {
      c.log.info(`color: ${was} -> ${now}`)
    })
    .onDelete(async function deletedFirst(c) {
      c.log.info('deleted first')
    })
    .onDelete(async function deletedSecond(c) {
      c.log.info('deleted second')
    })
}
