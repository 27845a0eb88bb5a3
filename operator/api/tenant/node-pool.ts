// spec.nodePools[] of a TenantCluster: how many nodes of which machines.
import { z } from 'zod'
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

export const nodePoolSchema = z
  .object({
    name: z
      .string()
      .min(1)
      .max(40)
      .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
      .describe('Name of the pool, unique in the cluster.'),
    instanceTypes: z
      .array(
        z
          .string()
          .regex(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/)
          .max(32),
      )
      .min(1)
      .max(20)
      .default(['m6i.large'])
      .describe(
        'EC2 instance types, each once, in order of preference. Changing them replaces the nodes. Defaults to m6i.large.',
      )
      .meta(
        rules({
          rule: 'self.all(t, self.exists_one(u, u == t))',
          message: 'spec.nodePools[].instanceTypes: expected each instance type once',
        }),
      ),
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
    capacity: z
      .enum(['OnDemand', 'Spot'])
      .default('OnDemand')
      .describe(
        'How the instances are bought. Changing it replaces the nodes. Defaults to OnDemand.',
      ),
    diskGiB: z
      .int()
      .min(20)
      .max(16384)
      .default(50)
      .describe(
        'Size of the encrypted root volume in GiB. Changing it rolls the nodes. Defaults to 50.',
      ),
    image: z
      .object({
        family: z
          .enum(['AL2023', 'Bottlerocket'])
          .optional()
          .describe('AWS image family, kept up to date by EKS.'),
        id: z
          .string()
          .regex(/^ami-[0-9a-f]{8,17}$/)
          .optional()
          .describe('An image of your own, based on AL2023 for EKS.'),
      })
      .prefault({ family: 'AL2023' })
      .describe(
        'The machine image: an AWS family or the id of your own. Defaults to the family AL2023.',
      )
      .meta(
        rules({
          rule: 'has(self.family) != has(self.id)',
          message: 'spec.nodePools[].image: expected exactly one of family and id',
        }),
      ),
    labels: z
      .record(z.string(), z.string().max(63))
      .default({})
      .describe(
        'Kubernetes labels on the nodes: keys such as tier or example.com/tier and values, each of 1 to 63 characters. Keys in kubernetes.io, k8s.io and eks.amazonaws.com are reserved.',
      )
      .meta({
        maxProperties: 50,
        ...rules(
          {
            // EKS refuses some of them, and a kubelet that is given another one does not start.
            rule: "self.all(k, !k.matches('(?i)^([^/]*[.])?(kubernetes[.]io|k8s[.]io|eks[.]amazonaws[.]com)/'))",
            message:
              'spec.nodePools[].labels: expected keys outside kubernetes.io, k8s.io and eks.amazonaws.com',
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
  })
  .meta(
    rules({
      rule: 'self.min <= self.desired && self.desired <= self.max',
      message: 'spec.nodePools[]: expected min ≤ desired ≤ max',
      messageExpression:
        "'spec.nodePools[]: expected min ≤ desired ≤ max, got %d ≤ %d ≤ %d; left out, they are 1, 1 and 3'.format([self.min, self.desired, self.max])",
    }),
  )
