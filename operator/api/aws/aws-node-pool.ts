// spec.nodePools[].aws of a TenantCluster: which machines of EC2 the nodes of the pool are.
import { z } from 'zod'
import { rules } from '../schema/cel.ts'

export const awsNodePoolSchema = z.object({
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
        message: 'spec.nodePools[].aws.instanceTypes: expected each instance type once',
      }),
    ),
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
        message: 'spec.nodePools[].aws.image: expected exactly one of family and id',
      }),
    ),
})

export type AwsNodePool = z.infer<typeof awsNodePoolSchema>

/** A pool with its machines as AWS has them, where the spec says nothing by their defaults. */
export const onAws = <Pool extends { aws?: AwsNodePool | undefined }>(
  pool: Pool,
): Pool & { aws: AwsNodePool } => ({ ...pool, aws: pool.aws ?? awsNodePoolSchema.parse({}) })
