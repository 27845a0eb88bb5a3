// spec.nodePools[] of a TenantCluster: how many nodes, with which labels and taints. Which machines is each provider's own part.
import { z } from 'zod'
import { reservedDomains, nodePoolMembers } from '../providers.ts'
import { rules } from '../schema/cel.ts'
import { isUnknown, labelValue, noMarkers, qualifiedName } from '../schema/grammar.ts'

const taintSchema = z.object({
  key: z
    .string()
    .min(1)
    .max(63)
    .describe('Key of the taint, such as dedicated or example.com/dedicated.')
    .meta(
      rules({
        rule: `self.matches('${qualifiedName}')`,
        message:
          'spec.nodePools[].taints[].key: expected a key such as dedicated or example.com/dedicated',
      }),
    ),
  value: z
    .string()
    .max(63)
    .default('')
    .describe('Value of the taint. Defaults to empty.')
    .meta(
      rules({
        rule: `self == '' || self.matches('${labelValue}') && !(${isUnknown('self')})`,
        message:
          'spec.nodePools[].taints[].value: expected letters, digits, -, _ and ., with a letter or digit at both ends',
      }),
    ),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).describe('Effect of the taint.'),
})

/** Keys of labels that no pool sets. */
const reserved = ['kubernetes.io', 'k8s.io', ...reservedDomains]
const reservedWords = `${reserved.slice(0, -1).join(', ')} and ${reserved.at(-1)}`

export const nodePoolSchema = z
  .object({
    name: z
      .string()
      .min(1)
      .max(40)
      .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
      .describe('Name of the pool, unique in the cluster.'),
    min: z.int().min(0).max(450).default(1).describe('Fewest nodes of the pool. Defaults to 1.'),
    desired: z
      .int()
      .min(0)
      .max(450)
      .default(1)
      .describe('Nodes the pool runs, from min to max. Defaults to 1.'),
    max: z
      .int()
      .min(1)
      .max(450)
      .default(3)
      .describe('Most nodes of the pool. Defaults to 3, so that a larger desired asks for it.'),
    labels: z
      .record(z.string(), z.string().max(63))
      .default({})
      .describe(
        `Kubernetes labels on the nodes: keys such as tier or example.com/tier and values, each of 1 to 63 characters. Keys in ${reservedWords} are reserved.`,
      )
      .meta({
        maxProperties: 50,
        ...rules(
          {
            // Clouds refuse some of them, and a kubelet that is given another one does not start.
            rule: `self.all(k, !k.matches('(?i)^([^/]*[.])?(${reserved.map((domain) => domain.replaceAll('.', '[.]')).join('|')})/'))`,
            message: `spec.nodePools[].labels: expected keys outside ${reservedWords}`,
          },
          {
            rule: `self.all(k, k.size() <= 63 && k.matches('${qualifiedName}'))`,
            message:
              'spec.nodePools[].labels: expected keys such as tier or example.com/tier, of at most 63 characters',
          },
          {
            rule: `self.all(k, self[k].matches('${labelValue}'))`,
            message:
              'spec.nodePools[].labels: expected values of 1 to 63 letters, digits, -, _ and ., with a letter or digit at both ends',
          },
          noMarkers('spec.nodePools[].labels'),
        ),
      }),
    taints: z
      .array(taintSchema)
      .max(50)
      .default([])
      .describe('Kubernetes taints on the nodes; each key once for each effect.')
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['key', 'effect'] }),
    ...nodePoolMembers,
  })
  .meta(
    rules({
      rule: 'self.min <= self.desired && self.desired <= self.max',
      message: 'spec.nodePools[]: expected min ≤ desired ≤ max',
      messageExpression:
        "'spec.nodePools[]: expected min ≤ desired ≤ max, got %d ≤ %d ≤ %d; left out, they are 1, 1 and 3'.format([self.min, self.desired, self.max])",
    }),
  )
