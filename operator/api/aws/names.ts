// What a tenant's things are called and tagged with in AWS. Programs, searches and the faces of the provider must agree on it,
// and it stays as it is: by it the things of an earlier release are found again.

/** Tags on every AWS resource of a tenant; the sweep after deletion looks for `cratekube.io/uid`. */
export const ownerTags = (tenant: { namespace: string; name: string; uid: string }) => ({
  'cratekube.io/uid': tenant.uid,
  'cratekube.io/tenant': `${tenant.namespace}/${tenant.name}`,
})

/** Tag that tells a tenant's resources apart: the name that the Pulumi program calls the resource by. */
export const resourceNameTag = 'cratekube.io/urn-name'

/** Where EKS writes the control plane's logs; the name is AWS's. */
export const controlPlaneLogGroup = (clusterName: string) => `/aws/eks/${clusterName}/cluster`

/** The range of Kubernetes Services in every tenant cluster. */
export const serviceCidr = '172.20.0.0/16'

/** IAM roles live under this path, so that a sweep can list them: IAM has no lookup by tag. */
export const iamPath = (tenant: { uid: string }) => `/cratekube/${tenant.uid}/`

/** A resource of an account has its twelve digits in its ARN; undefined of AWS's own and of what is no ARN. */
export const accountOf = (arn: unknown): string | undefined =>
  typeof arn === 'string' ? /^arn:[^:]*:[^:]*:[^:]*:(\d{12}):/.exec(arn)?.[1] : undefined

/** EKS gives it to the nodes of a node group. */
export const nodeGroupLabel = 'eks.amazonaws.com/nodegroup'

/** `digest` is of what EKS cannot change in a node group: the new one is up before the old one goes. */
export const nodeGroupName = (pool: string, digest: string) => `${pool}-${digest}`

/** The pool of a node group, by its name. */
export const poolOfNodeGroup = (name: string) => name.replace(/-[^-]*$/, '')

/** The address of an EFS file system in the network of the cluster, which resolves to the mount target of the node's zone. */
export const fileSystemServer = (id: string, region: string) => `${id}.efs.${region}.amazonaws.com`
