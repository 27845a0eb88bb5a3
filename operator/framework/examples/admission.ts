// What is let into the cluster: two handlers that refuse or warn, and one that fills in what was left out.
import { AdmissionError, type AdmissionServing, type Operator } from '@cratekube/framework'
import { widgets } from './widget.ts'

/** Where it is served: a Service `widget-operator` in the namespace `default` that leads to the pods of this program. */
const admission: AdmissionServing = {
  namespace: 'default',
  serviceName: 'widget-operator',
  servicePort: Number(process.env['WEBHOOK_PORT'] ?? 443),
  secretName: 'widget-operator-certificate',
  port: Number(process.env['WEBHOOK_PORT'] ?? 9443),
  host: process.env['WEBHOOK_HOST'] ?? '0.0.0.0',
  configuration: 'widget-operator',
}

export const options = { name: 'widget-operator', admission }

export default (op: Operator) => {
  op.for(widgets)
    .validate(function color({ object, dryRun }) {
      if (object?.spec.color === 'plaid' && !dryRun)
        throw new AdmissionError('spec.color: expected a color, got plaid')
      return object?.spec.items ? undefined : { allowed: true, warnings: ['spec.items: none'] }
    })
    .validate(
      function size() {
        throw new AdmissionError('spec.size: expected something smaller')
      },
      { field: 'spec.size', value: (size) => Number(size) > 100 },
    )
    .mutate(
      function fill({ object }) {
        if (object) object.spec.size ??= 1
      },
      { labels: { sized: 'true' } },
    )
}
