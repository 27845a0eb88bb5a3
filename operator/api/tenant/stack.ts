// What a TenantCluster is called in AWS and in Pulumi, and what its two stacks take and give.
// Programs, jobs and the controller must agree on it, so it stands here alone.
import { createHash } from 'node:crypto'
import { z } from 'zod'
import { tenantClusterSpecSchema, type TenantClusterSpec } from './tenant-cluster.ts'

export const pulumiProject = 'cratekube'

/** Pulumi takes stack names of at most 100 characters; the longest of ours ends in `.addons`. */
const longestBase = 100 - '.addons'.length

/**
 * `<namespace>.<name>` holds the cloud infrastructure, `<namespace>.<name>.addons` what is installed in the cluster.
 * A namespace that is too long for it is cut and told apart by a hash: Kubernetes allows 63 characters.
 */
export function stackNames({ namespace, name }: { namespace: string; name: string }): {
  cloud: string
  addons: string
} {
  const hash = createHash('sha256').update(namespace).digest('hex').slice(0, 8)
  const room = longestBase - `-${hash}.${name}`.length
  const fits = `${namespace}.${name}`.length <= longestBase
  const cloud = fits ? `${namespace}.${name}` : `${namespace.slice(0, room)}-${hash}.${name}`
  return { cloud, addons: `${cloud}.addons` }
}

/**
 * Whose names and tags the cluster bears in AWS and in Pulumi: those of the TenantCluster itself, or of the one that it takes
 * over from. Its Lease, operations and events are its own either way.
 */
export const cloudOwner = ({
  metadata,
  spec,
}: Adopter): { namespace: string; name: string; uid: string } => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  uid: spec.adopt?.uid ?? metadata.uid,
})

type Adopter = {
  metadata: { namespace?: string; name: string; uid: string }
  spec: Pick<TenantClusterSpec, 'adopt'>
}

/** Name of the EKS cluster and prefix of everything else: the tenant's name and 8 digits of its uid, at most 49 characters. */
export const physicalName = (tenant: { name: string; uid: string }) =>
  `${tenant.name}-${tenant.uid.replaceAll('-', '').slice(0, 8)}`

/** Tags on every AWS resource of a tenant; the sweep after deletion looks for `cratekube.io/uid`. */
export const ownerTags = (tenant: { namespace: string; name: string; uid: string }) => ({
  'cratekube.io/uid': tenant.uid,
  'cratekube.io/tenant': `${tenant.namespace}/${tenant.name}`,
})

/** On a TenantCluster: the one lost cluster, by name and time of creation, in whose place an empty one may be made. */
export const recreateAnnotation = 'cratekube.io/recreate-cluster'

/** On the Secret that spec.provider.aws.credentialsRef names, while anything may be left to delete in AWS. */
export const credentialsFinalizer = 'cratekube.io/credentials'

/** Tag that tells a tenant's resources apart: the name that the Pulumi program calls the resource by. */
export const resourceNameTag = 'cratekube.io/urn-name'

/** Where EKS writes the control plane's logs; the name is AWS's. */
export const controlPlaneLogGroup = (clusterName: string) => `/aws/eks/${clusterName}/cluster`

/** The range of Kubernetes Services in every tenant cluster. */
export const serviceCidr = '172.20.0.0/16'

/** Version of charts/cratekube-loadtest that this CrateKube carries and installs. */
export const loadTestChartVersion = '0.1.0'

/** IAM roles live under this path, so that a sweep can list them: IAM has no lookup by tag. */
export const iamPath = (tenant: { uid: string }) => `/cratekube/${tenant.uid}/`

/** Who the stack is for; the value of the config key `cratekube:tenant`, as JSON. */
export const tenantInputSchema = z.object({
  namespace: z.string(),
  name: z.string(),
  uid: z.string(),
  spec: tenantClusterSpecSchema,
})
export type TenantInput = z.infer<typeof tenantInputSchema>

/** Whether the cloud stack has an EFS file system for this spec. */
export const wantsFileSystem = ({ autofs }: TenantClusterSpec): boolean =>
  autofs?.maps.some(({ source }) => source === 'EFS') ?? false

/** A resource of an account has its twelve digits in its ARN; undefined of AWS's own and of what is no ARN. */
export const accountOf = (arn: unknown): string | undefined =>
  typeof arn === 'string' ? /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(arn)?.[1] : undefined

/** Outputs of the cloud stack. */
export const cloudOutputsSchema = z.object({
  clusterName: z.string(),
  clusterArn: z.string(),
  endpoint: z.string().describe('https URL of the API server.'),
  certificateAuthority: z.string().describe('PEM of the API server’s CA, base64.'),
  clusterSecurityGroupId: z.string(),
  vpcId: z.string(),
  fileSystemId: z.string().optional().describe('EFS file system, when a map has the source EFS.'),
})
export type CloudOutputs = z.infer<typeof cloudOutputsSchema>
