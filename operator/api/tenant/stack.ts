// What a TenantCluster is called in the cloud and in Pulumi, and what its two stacks take and give.
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
 * Whose names and tags the cluster bears in the cloud and in Pulumi: those of the TenantCluster itself, or of the one that it takes
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

/** Name of the cluster in the cloud and prefix of everything else: the tenant's name and 8 digits of its uid, at most 49 characters. */
export const physicalName = (tenant: { name: string; uid: string }) =>
  `${tenant.name}-${tenant.uid.replaceAll('-', '').slice(0, 8)}`

/** On a TenantCluster: the one lost cluster, by name and time of creation, in whose place an empty one may be made. */
export const recreateAnnotation = 'cratekube.io/recreate-cluster'

/** On the Secret that credentialsRef of the provider names, while anything may be left to delete in the cloud. */
export const credentialsFinalizer = 'cratekube.io/credentials'

/** Who the stack is for; the value of the config key `cratekube:tenant`, as JSON. */
export const inputSchemaOf = <Spec extends z.ZodType>(spec: Spec) =>
  z.object({ namespace: z.string(), name: z.string(), uid: z.string(), spec })

export const tenantInputSchema = inputSchemaOf(tenantClusterSpecSchema)
export type TenantInput = z.infer<typeof tenantInputSchema>

/** Whether the cloud stack has a file system for this spec. */
export const wantsFileSystem = ({ autofs }: TenantClusterSpec): boolean =>
  autofs?.maps.some(({ source }) => source !== undefined) ?? false

/** Outputs of the cloud stack, the same of every provider. */
export const cloudOutputsSchema = z.object({
  clusterName: z.string(),
  endpoint: z.string().describe('https URL of the API server.'),
  certificateAuthority: z.string().describe('PEM of the API server’s CA, base64.'),
  account: z.string().optional().describe('Whose the resources are, where the cloud has accounts.'),
  sharedStorage: z
    .object({ server: z.string().describe('Host that the nodes mount by NFS.') })
    .optional()
    .describe('When a map of AutoFS has the shared storage as its source.'),
  facts: z
    .record(z.string(), z.string())
    .optional()
    .describe('Ids and the like by the names of the provider, for people.'),
})
export type CloudOutputs = z.infer<typeof cloudOutputsSchema>
