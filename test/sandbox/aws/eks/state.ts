// What the EKS double remembers: clusters with all that hangs on them, per region. In memory only.
import type { Taint } from '../backends/backend.ts'

export type Issue = { code: string; message: string; resourceIds: string[] }

export type Update = {
  id: string
  status: 'InProgress' | 'Successful' | 'Failed' | 'Cancelled'
  type: string
  params: { type: string; value: string }[]
  createdAt: number
  errors: { errorCode: string; errorMessage: string; resourceIds: string[] }[]
  nodegroupName?: string
  addonName?: string
}

export type EksTags = Record<string, string>

export type NodeInstance = {
  name: string
  instanceId: string
  eniId: string
  zone: string
  instanceType: string
  /** Version, release and launch template that it was started with. */
  configuration: string
}

export type NodeGroup = {
  name: string
  arn: string
  status: string
  version: string
  releaseVersion: string
  createdAt: number
  modifiedAt: number
  capacityType: string
  scaling: { minSize: number; maxSize: number; desiredSize: number }
  instanceTypes: string[]
  subnets: string[]
  amiType: string
  diskSize?: number
  nodeRole: string
  labels: Record<string, string>
  taints: Taint[]
  launchTemplate?: { name: string; id: string; version: string }
  updateConfig: {
    maxUnavailable?: number | undefined
    maxUnavailablePercentage?: number | undefined
  }
  nodeRepairConfig?: Record<string, unknown>
  issues: Issue[]
  tags: EksTags
  autoScalingGroup: string
  interfaceTags: EksTags
  nodes: NodeInstance[]
  token: IdempotencyToken
}

export type Addon = {
  name: string
  arn: string
  version: string
  status: string
  createdAt: number
  modifiedAt: number
  issues: Issue[]
  tags: EksTags
  serviceAccountRoleArn?: string
  configurationValues?: string
  podIdentityAssociations: string[]
  token: IdempotencyToken
}

export type AccessPolicy = {
  policyArn: string
  accessScope: { type: 'cluster' | 'namespace'; namespaces: string[] }
  associatedAt: number
  modifiedAt: number
}

export type AccessEntry = {
  principalArn: string
  /** The unique id of the principal when the entry was made: one that was made anew under the same ARN is another. */
  principalId: string
  arn: string
  kubernetesGroups: string[]
  username: string
  type: string
  tags: EksTags
  createdAt: number
  modifiedAt: number
  policies: Map<string, AccessPolicy>
  token: IdempotencyToken
}

export type PodIdentity = {
  id: string
  arn: string
  namespace: string
  serviceAccount: string
  roleArn: string
  targetRoleArn?: string
  tags: EksTags
  createdAt: number
  modifiedAt: number
  ownerArn?: string
  token: IdempotencyToken
}

export type Cluster = {
  name: string
  /** The backend's name for it: unique on this machine, where the EKS name is unique in its region only. */
  backendName: string
  region: string
  arn: string
  status: 'CREATING' | 'ACTIVE' | 'DELETING' | 'FAILED' | 'UPDATING'
  version: string
  platformVersion: string
  createdAt: number
  roleArn: string
  vpc: {
    vpcId: string
    subnetIds: string[]
    securityGroupIds: string[]
    endpointPublicAccess: boolean
    endpointPrivateAccess: boolean
    publicAccessCidrs: string[]
  }
  network: { serviceIpv4Cidr: string; ipFamily: string }
  logTypes: string[]
  authenticationMode: string
  bootstrapCreatorAdmin: boolean
  selfManagedAddons: boolean
  encryptionConfig: unknown[]
  supportType: string
  deletionProtection: boolean
  zonalShift: boolean
  tags: EksTags
  issues: Issue[]
  oidcIssuer: string
  endpoint?: string
  certificateAuthority?: string
  clusterSecurityGroupId?: string
  eniIds: string[]
  token: IdempotencyToken
  nodeGroups: Map<string, NodeGroup>
  addons: Map<string, Addon>
  accessEntries: Map<string, AccessEntry>
  podIdentities: Map<string, PodIdentity>
  updates: Map<string, Update>
}

/** A create call is answered again, not refused, when token and body are the same. */
export type IdempotencyToken = { token: string; body: string }

type RegionState = Map<string, Cluster>

export interface EksState {
  region(name: string): RegionState
  all(): Cluster[]
}

export function eksState(): EksState {
  const regions = new Map<string, RegionState>()
  return {
    region(name) {
      const state = regions.get(name) ?? new Map<string, Cluster>()
      regions.set(name, state)
      return state
    },
    all: () => [...regions.values()].flatMap((clusters) => [...clusters.values()]),
  }
}
