// All of it beside one another: handlers that fail once, a child, a field, raw events of another kind by label.
import { core, type Operator } from '@cratekube/framework'
import { widgets } from '../widget.ts'

export default (op: Operator) => {
  op.for(widgets)
    .onCreate(async function first(c) {
      c.event('Normal', 'AnyReason', 'created')
      c.status({ message: 'first was here' })
    })
    .onCreate(
      async function second(c) {
        if (c.attempt === 0) throw new Error('Whoops!')
        c.status({ size: 100 })
      },
      { backoffMs: 200 },
    )
    .onCreate(async function child(c) {
      const metadata = { name: `${c.key.name}-child`, labels: { made: 'here' } }
      await c.apply(core.configMap, { metadata, data: { color: c.obj.spec.color ?? '' } })
    })
    .onUpdate(async function update(c) {
      c.log.info({ diff: c.diff }, 'the diff')
    })
    .onField('spec.items', async function list(c, was, now) {
      c.log.info(`items: ${JSON.stringify(was)} -> ${JSON.stringify(now)}`)
    })
    .onDelete(async function gone() {})
  op.for(core.configMap).onEvent(({ log }) => log.info('that child is special to us'), {
    labels: { made: 'here' },
  })
}
