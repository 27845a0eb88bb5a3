// Kinds that Kubernetes brings: every Pod that may be removed is, one second after it was seen, unless it goes before.
import { core, delay, systemClock, type Operator } from '@cratekube/framework'

export default (op: Operator) => {
  op.for(core.pod).daemon(
    async function reap(c) {
      const { name, namespace, uid } = c.obj.metadata
      await delay(systemClock, 1_000, c.signal)
      c.log.info('its time has come')
      await c.kube.delete(core.pod, { name, namespace }, { preconditions: { uid } })
    },
    { labels: { 'example.com/short-lived': 'true' }, restart: 'never' },
  )
}
