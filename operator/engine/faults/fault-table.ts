// The one table from error texts to faults; rows of one subject stand in files of their own. Order matters: the first
// rule that fits wins, so the special stands before the general. Every row has a recorded error in
// test/unit/engine/faults/faults.test.ts.
import { accountFaults } from '../../api/aws/account-faults.ts'
import type { FaultRule } from '../../api/faults/fault-rule.ts'
import type { Fault } from '../../api/faults/fault.ts'
import { healthFaults } from './health-faults.ts'
import { launchFaults, unknownLaunchFault } from './launch-faults.ts'
import { missingAction } from '../plugins.ts'
import { stateFaults } from './state-faults.ts'

/** Whatever else failed follows from it: a provider that cannot be loaded takes the whole run down. */
export const pluginMissing: FaultRule = {
  pattern: /no (\w+) plugin '(pulumi-[\w-]+)' found in the workspace(?: at version v([\w.+-]+))?/,
  code: 'PluginMissing',
  message: ([, , plugin, version]) =>
    `The worker’s image lacks plugin ${[plugin, version].filter(Boolean).join(' ')}, which the stack asks for.`,
  action: missingAction,
  retryable: true,
}

export const engineMissing = {
  code: 'EngineMissing',
  message: 'Operations are run by the official Pulumi CLI, but PATH has no executable `pulumi`.',
  action:
    'Run the worker from an image that has the official Pulumi CLI; for a trial without one set CRATEKUBE_ENGINE to embedded.',
  retryable: false,
} satisfies Fault

export const faultTable: readonly FaultRule[] = [
  pluginMissing,
  ...stateFaults,
  ...launchFaults,
  // Before the account: a network that is down shows as failed validation of credentials, too.
  {
    pattern:
      /ECONNREFUSED|ECONNRESET|ETIMEDOUT|\bENOTFOUND\b|EAI_AGAIN|socket hang up|connection refused|i\/o timeout|no such host|TimeoutError|ServiceUnavailable|InternalFailure|InternalServerError|InternalError/i,
    code: 'Unreachable',
    action: 'Nothing: the operation is tried again.',
    retryable: true,
  },
  {
    // The kubernetes plugin, of which only the creating of an object names what it met on the way.
    pattern:
      /Kubernetes cluster is unreachable|due to unreachable cluster|unable to load schema information from the API server/,
    code: 'Unreachable',
    message: 'The API server of the tenant cluster does not answer.',
    action: 'Nothing: the operation is tried again.',
    retryable: true,
  },
  {
    pattern: /ConfigMap "autofs-maps" is invalid: .*Too long/,
    code: 'InvalidInput',
    action: 'Give fewer entries, or shorter ones.',
    retryable: false,
    userInput: true,
    inputPath: 'spec.autofs.maps',
  },
  ...healthFaults,
  ...accountFaults,
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
    pattern: /AlreadyExists|already exists|InvalidGroup\.Duplicate|InvalidPermission\.Duplicate/i,
    code: 'AlreadyExists',
    action: 'Delete what the message names, if nobody needs it; work goes on by itself.',
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
    // The last: an update of EKS that a run began before it died, and that ended only now. The next attempt looks first.
    pattern:
      /the stack is currently locked by|\[409\] Conflict: Another update|Cluster is already at version/i,
    code: 'ConcurrentUpdate',
    action: 'Nothing: the operation is tried again when the other one has ended.',
    retryable: true,
  },
  {
    pattern:
      /cannot be deleted because it is protected|cannot be deleted\nbecause it is protected|marked for protection/i,
    code: 'ResourceProtected',
    action: 'Remove the protection of the resource that the message names.',
    retryable: false,
  },
  {
    ...engineMissing,
    pattern: /spawn pulumi (ENOENT|EACCES)/,
    message: () => engineMissing.message,
  },
  {
    pattern: /is not valid for .*backends|keeps state in file:\/\/ backends only/i,
    code: 'UnsupportedBackend',
    action: 'Install the official Pulumi CLI in the worker, or use a file:// backend.',
    retryable: false,
  },
  {
    pattern: /Duplicate resource URN/i,
    code: 'ProgramError',
    action: 'Report this as a bug of CrateKube.',
    retryable: false,
  },
  unknownLaunchFault,
  {
    // A deletion takes no value of the spec: what AWS has against it is not the user's to correct there.
    pattern:
      /\bdeleting [^]*(InvalidParameter|InvalidRequest|Validation|Malformed)|: (Delete|Detach|Disassociate|Release|Remove|Revoke|Terminate)\w+, /,
    code: 'AWS.DeletionRefused',
    action:
      'Nothing at first: it is tried again. When it keeps failing, delete in AWS what the message names.',
    retryable: true,
  },
  {
    pattern:
      /has a problem:|InvalidParameter|ValidationError|ValidationException|InvalidRequest|Malformed/i,
    code: 'InvalidInput',
    action: 'Correct the value that the message names.',
    retryable: false,
    userInput: true,
    vague: true,
  },
  {
    pattern: /Unhandled exception|TypeError|ReferenceError/,
    code: 'ProgramError',
    action: 'Report this as a bug of CrateKube.',
    retryable: false,
    vague: true,
  },
]
