// Two operators of one name in a process of your own. One leads and works, the other waits with warm caches; when the first
// stops it gives its Lease back and the second goes on at once.
import { operator, settled, type Kube, type Operator } from '@cratekube/framework'
import type { Logger } from 'pino'
import { widgets } from './widget.ts'

/** `paint` says who worked. */
const declare = (op: Operator, paint: string) => {
  op.for(widgets).reconcile(async (c) => {
    c.status({ message: `painted by ${paint}` })
    return settled
  })
}

export function replica(identity: string, o: { kube: Kube; log: Logger; signal: AbortSignal }) {
  const lease = { namespace: 'default', name: 'widget-painter', identity }
  const op = operator({ name: 'widget-painter', kube: o.kube, log: o.log, leaderElection: lease })
  declare(op, identity)
  return op.run({ signal: o.signal })
}

export default (op: Operator) => declare(op, 'whoever holds --lease')
