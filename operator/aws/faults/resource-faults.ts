// What AWS says against a resource, in the words of its services and of their Pulumi provider. Order matters: the first rule
// that fits wins. Every row has a recorded error in test/unit/engine/faults/faults.test.ts.
import type { FaultRule } from '../../api/faults/fault-rule.ts'

export const resourceFaults: readonly FaultRule[] = [
  {
    pattern: /UnsupportedAvailabilityZone|does not support the availability zone of the subnet/i,
    code: 'AWS.UnsupportedAvailabilityZone',
    action:
      'The zones of a cluster never change: delete the TenantCluster and make another with spec.provider.aws.vpc.zones, of the zones that the message names where it names any.',
    retryable: false,
    userInput: true,
    inputPath: 'spec.provider.aws.vpc.zones',
  },
  {
    pattern:
      /Throttling|RequestLimitExceeded|RateLimitExceeded|TooManyRequests|Rate exceeded|SlowDown/i,
    code: 'AWS.Throttled',
    action: 'Nothing: the operation is tried again more slowly.',
    retryable: true,
  },
  {
    pattern: /VpcLimitExceeded|maximum number of VPCs/i,
    code: 'AWS.Quota.Vpc',
    action: 'Ask AWS to raise the quota of VPCs per region, or delete VPCs that are not used.',
    retryable: true,
  },
  {
    pattern: /AddressLimitExceeded/i,
    code: 'AWS.Quota.ElasticIp',
    action: 'Ask AWS to raise the quota of Elastic IPs, or use fewer NAT gateways.',
    retryable: true,
    userInput: true,
    inputPath: 'spec.provider.aws.vpc.natGateways',
  },
  {
    pattern: /NatGatewayLimitExceeded/i,
    code: 'AWS.Quota.NatGateway',
    action: 'Ask AWS to raise the quota of NAT gateways, or use fewer.',
    retryable: true,
    userInput: true,
    inputPath: 'spec.provider.aws.vpc.natGateways',
  },
  {
    pattern:
      /ResourceLimitExceeded|LimitExceeded|ServiceQuotaExceeded|quota exceeded|QuotaExceeded/i,
    code: 'AWS.Quota',
    action: 'Ask AWS to raise the quota that the message names.',
    retryable: true,
  },
  {
    pattern:
      /Duplicate tag|duplicate (tag )?keys?\b|InvalidTag|TagPolicyException|TooManyTags|tag keys? (must be unique|cannot|may not)|tag (key|value)s? exceed|tags?\.\d+\.member|'tags' failed to satisfy/i,
    code: 'AWS.InvalidTags',
    action:
      'Give tags with keys that differ in more than case, of the letters that AWS takes, as the tag policies of the organisation allow.',
    retryable: false,
    userInput: true,
    inputPath: 'spec.provider.aws.tags',
  },
  {
    pattern:
      /DependencyViolation|has dependencies and cannot be deleted|DeleteConflict|ResourceInUse|is currently in use by|has nodegroups attached/i,
    code: 'AWS.DependencyViolation',
    action:
      'Remove what still uses the object, such as load balancers or network interfaces that the tenant made.',
    retryable: true,
  },
  {
    pattern: /PodEvictionFailure/,
    code: 'AWS.PodEviction',
    action:
      'Let the PodDisruptionBudgets of the pods that the message names allow an eviction: more replicas, or a smaller minimum.',
    retryable: true,
    userInput: true,
  },
  {
    pattern: /InvalidAMIID|InvalidImageId|image id .* does not exist/i,
    code: 'AWS.InvalidImage',
    action: 'Give an image that exists in the region.',
    retryable: false,
    userInput: true,
  },
  {
    pattern:
      /InvalidInstanceType|instance type .* (\(\S+\) )?(is not supported|does not exist)|Unsupported.*instance type|InstanceTypeNotSupported|not eligible for Free Tier/i,
    code: 'AWS.InvalidInstanceType',
    action: 'Choose instance types that the region offers.',
    retryable: false,
    userInput: true,
  },
  {
    pattern:
      /Unsupported Kubernetes minor version update from 1\.(\d+) to 1\.(\d+)|rollback (of|for|from|is not|cannot)/i,
    code: 'AWS.VersionMismatch',
    action: ([, running]) =>
      running === undefined
        ? 'Set spec.kubernetesVersion to the version that the cluster runs.'
        : `The cluster runs 1.${running}: set spec.kubernetesVersion to 1.${running} or one above it.`,
    retryable: false,
    userInput: true,
    inputPath: 'spec.kubernetesVersion',
  },
  {
    pattern:
      /unsupported Kubernetes version|\bUnsupportedVersion: |Kubernetes version .* (is not supported|not found)/i,
    code: 'AWS.UnsupportedVersion',
    action: 'Choose a version that EKS offers.',
    retryable: false,
    userInput: true,
    inputPath: 'spec.kubernetesVersion',
  },
  {
    pattern: /InvalidVpc\.?Range|InvalidSubnet\.(Range|Conflict)|CIDR .* (is invalid|conflicts)/i,
    code: 'AWS.InvalidCidr',
    action: 'Give an address range that fits and is not used.',
    retryable: false,
    userInput: true,
    inputPath: 'spec.provider.aws.vpc.cidr',
  },
  {
    // An update of EKS that a run began before it died, and that ended only now. The next attempt looks first.
    pattern: /Cluster is already at version/i,
    code: 'ConcurrentUpdate',
    action: 'Nothing: the operation is tried again when the other one has ended.',
    retryable: true,
  },
]
