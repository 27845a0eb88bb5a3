// spec.nodePools[] of a TenantCluster: how many nodes of which machines.
import { z } from 'zod'
import { rules } from './cel.ts'

const taintSchema = z.object({
  key: z.string().min(1).max(253).describe('Key of the taint.'),
  value: z.string().max(63).default('').describe('Value of the taint. Defaults to empty.'),
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
        'EC2 instance types, in order of preference. Changing them replaces the nodes. Defaults to m6i.large.',
      ),
    min: z.int().min(0).max(450).default(1).describe('Fewest nodes of the pool. Defaults to 1.'),
    desired: z.int().min(0).max(450).default(1).describe('Nodes the pool runs. Defaults to 1.'),
    max: z.int().min(1).max(450).default(3).describe('Most nodes of the pool. Defaults to 3.'),
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
        'Kubernetes labels on the nodes. Keys in kubernetes.io, k8s.io and eks.amazonaws.com are reserved.',
      )
      .meta({
        maxProperties: 50,
        ...rules({
          // EKS refuses some of them, and a kubelet that is given another one does not start.
          rule: "self.all(k, k.size() <= 317 && !k.matches('^([^/]*[.])?(kubernetes[.]io|k8s[.]io|eks[.]amazonaws[.]com)/'))",
          message:
            'spec.nodePools[].labels: expected keys outside kubernetes.io, k8s.io and eks.amazonaws.com',
        }),
      }),
    taints: z.array(taintSchema).max(50).default([]).describe('Kubernetes taints on the nodes.'),
  })
  .meta(
    rules({
      rule: 'self.min <= self.desired && self.desired <= self.max',
      message: 'spec.nodePools[]: expected min ≤ desired ≤ max',
    }),
  )
