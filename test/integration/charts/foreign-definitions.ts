// Kinds of others that the chart of the load-test operator can make objects of; what is in them is theirs to check.
import type { Manifest } from '../../../operator/framework/index.ts'

export const foreignDefinitions = [
  definition('cert-manager.io', 'v1', 'Issuer'),
  definition('cert-manager.io', 'v1', 'Certificate'),
  definition('monitoring.coreos.com', 'v1', 'ServiceMonitor'),
]

function definition(group: string, version: string, kind: string): Manifest {
  const plural = `${kind.toLowerCase()}s`
  const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
  return {
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural, singular: kind.toLowerCase() },
      versions: [
        { name: version, served: true, storage: true, schema: { openAPIV3Schema: anything } },
      ],
    },
  }
}
