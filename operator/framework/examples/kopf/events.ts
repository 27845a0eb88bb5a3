// Events about the object, and about another one. They are written by and by, the same ones as a series.
import { core, type Operator } from '@cratekube/framework'
import { widgets } from '../widget.ts'

export default (op: Operator) => {
  op.for(widgets).onCreate(async function announce(c) {
    c.event('Normal', 'Painted', 'in the color that was asked for')
    c.event('Warning', 'PaintLow', 'one pot is left')
    const namespace = await c.get(core.namespace, { name: c.obj.metadata.namespace ?? '' })
    const note = `${c.obj.metadata.name} was painted here`
    if (namespace)
      op.record(core.namespace, namespace, { type: 'Normal', reason: 'PaintedHere', note })
  })
}
