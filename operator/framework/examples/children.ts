// Objects that a Widget is made of: a ConfigMap for each of its items. One that is deleted comes back, one that is no longer
// wished for goes, and all of them go with the Widget.
import { core, settled, type Operator } from '@cratekube/framework'
import { widgets } from './widget.ts'

export default (op: Operator) => {
  op.for(widgets)
    .reconcile(async (c) => {
      const { name } = c.obj.metadata
      const items = c.obj.spec.items ?? []
      for (const item of items) {
        const child = { metadata: { name: `${name}-${item}` }, data: { item } }
        await c.apply(core.configMap, child, { set: 'items' })
      }
      await c.prune('items')
      c.status({ children: items })
      return settled
    })
    .owns(core.configMap)
}
