// What is known of the Pods of the cluster, by key, without a request: which of them run, and who carries which label.
import { core, type Operator } from '@cratekube/framework'
import { widgets } from './widget.ts'

export default (op: Operator) => {
  const running = op.index(core.pod, ({ metadata, status }) => [
    [{ namespace: metadata.namespace, name: metadata.name }, status?.phase === 'Running'],
  ])
  const byLabel = op.index(core.pod, ({ metadata }) =>
    Object.entries(metadata.labels ?? {}).map(([label, value]) => [
      { label, value },
      metadata.name,
    ]),
  )
  op.onProbe('pods', () => running.size)
  op.for(widgets).timer(
    async function count(c) {
      const carriers = byLabel.get({ label: 'widget', value: c.key.name })
      c.status({ size: running.size, children: carriers.toSorted() })
    },
    { everyMs: 500, initialDelayMs: 0 },
  )
}
