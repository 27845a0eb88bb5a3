// AutoFS: every node serves the automount maps of spec.autofs.
import type { Addon } from '../contract.ts'
import { autofsName, probeName, probeNamespace, systemNamespace } from './objects.ts'
import { autofsSchema } from './schema.ts'

const schema = autofsSchema
  .optional()
  .describe('Automounted shared storage on every node. Off when absent.')

export const autofs = {
  folder: 'autofs',
  title: 'AutoFS',
  place: 'spec',
  schema,
  isOn: () => true,
  workloads: [
    { kind: 'DaemonSet', namespace: systemNamespace, name: autofsName },
    // Before its pods are ready, the maps are not known to be served.
    { kind: 'DaemonSet', namespace: probeNamespace, name: probeName },
  ],
  probe: { namespace: probeNamespace, name: probeName },
  condition: {
    type: 'AutofsReady',
    ready: 'every node serves the maps',
    off: 'spec.autofs is not set',
    reason: 'AutofsNotReady',
    summary: 'The AutoFS DaemonSet or its probe is not ready on every node.',
    advice: `Nothing for a few minutes; then look at the pods of namespace ${systemNamespace} in the cluster.`,
  },
} as const satisfies Addon<typeof schema>
