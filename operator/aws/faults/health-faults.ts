// What EKS says of a cluster, an add-on or a node pool that did not become what it was asked to be: the codes of its health
// issues and of the errors of its updates, which a provider quotes as `<code>: <message>`.
// https://docs.aws.amazon.com/eks/latest/APIReference/API_Issue.html, API_ClusterIssue, API_AddonIssue, API_ErrorDetail
import type { FaultRule } from '../../api/faults/fault-rule.ts'

export const healthFaults: readonly FaultRule[] = [
  {
    // Told for what our own calls may not do, and for what EKS may not do on our behalf.
    pattern: /Encoded authorization failure message/i,
    code: 'AWS.AccessDenied',
    action:
      'Read which action is missing by `aws sts decode-authorization-message --encoded-message …`, and allow it in the IAM policy of the credentials.',
    retryable: true,
    userInput: true,
    inputPath: 'spec.provider.aws.credentialsRef',
  },
  {
    pattern: /\bAddonPermissionFailure: /,
    code: 'AWS.AccessDenied',
    action: 'Allow the role of the add-on what the message names.',
    retryable: true,
  },
  {
    pattern: /\b(StsRegionalEndpointDisabled|Ec2ServiceNotSubscribed): /,
    code: 'AWS.RegionNotEnabled',
    action: (_found, { place = 'of the spec' }) =>
      `Enable STS and EC2 for the region ${place} in the account.`,
    retryable: false,
    userInput: true,
    inputPath: 'spec.provider.aws.region',
  },
  {
    pattern: /\b(InsufficientFreeAddresses|IpNotAvailable): /,
    code: 'AWS.SubnetFull',
    action: 'Make the node pools smaller; a larger spec.provider.aws.vpc.cidr needs a new cluster.',
    retryable: true,
    userInput: true,
  },
  {
    pattern: /\bEniLimitReached: /,
    code: 'AWS.Quota',
    action: 'Ask AWS to raise the quota of network interfaces of the region.',
    retryable: true,
  },
  {
    pattern: /\bKms(Grant|Key)\w+: /,
    code: 'AWS.Kms',
    action: 'Enable the KMS key that the message names, and let its policy allow EKS to use it.',
    retryable: true,
  },
  {
    pattern: /\bAmiIdNotFound: /,
    code: 'AWS.InvalidImage',
    action: 'Give an image that exists in the region.',
    retryable: false,
    userInput: true,
  },
  {
    pattern: /\bEc2InstanceTypeDoesNotExist: /,
    code: 'AWS.InvalidInstanceType',
    action: 'Choose instance types that the region offers.',
    retryable: false,
    userInput: true,
  },
  {
    pattern: /\bKubernetesLabelInvalid: /,
    code: 'InvalidInput',
    action: 'Correct the labels of the node pool.',
    retryable: false,
    userInput: true,
  },
  {
    pattern: /\bAutoScalingGroupInstanceRefreshActive: /,
    code: 'ConcurrentUpdate',
    action: 'Nothing: the operation is tried again when the other one has ended.',
    retryable: true,
  },
  {
    pattern: /\b(Ec2LaunchTemplate|Ec2SecurityGroup)DeletionFailure: |\bNodeTerminationFailure: /,
    code: 'AWS.DeletionRefused',
    action:
      'Nothing at first: it is tried again. When it keeps failing, delete in AWS what the message names.',
    retryable: true,
  },
  {
    pattern:
      /\b(AutoScalingGroup|Ec2LaunchTemplate|Ec2Subnet)InvalidConfiguration: |\b(Ec2LaunchTemplateVersionMismatch|Ec2SubnetListTooLong|Ec2SubnetMissingIpv6Assignment): /,
    code: 'AWS.NodePoolChanged',
    action:
      'Undo what was changed by hand in the Auto Scaling group, launch template or subnets, or give the node pool another name, so that it is made anew.',
    retryable: true,
    userInput: true,
  },
  {
    pattern: /\bClusterUnreachable: /,
    code: 'AWS.ClusterUnreachable',
    action:
      'Look in the cluster for admission webhooks that do not answer, and for an API server that is overloaded.',
    retryable: true,
  },
  {
    pattern:
      /\b(AdmissionRequestDenied|ConfigurationConflict|InsufficientNumberOfReplicas|UnsupportedAddonModification|K8sResourceNotFound|AddonSubscriptionNeeded): /,
    code: 'AWS.AddonRefused',
    action:
      'Look in the cluster, in kube-system, for what the message names: a webhook that refuses, an object that was changed, pods that do not become ready.',
    retryable: true,
  },
  {
    // Of EC2 and IAM as well. The last: an image that is not there is told otherwise.
    pattern:
      /\b(SourceEc2|Ec2|Vpc|Iam|Security|Subnet|AutoScaling|Resource)\w*NotFound(Exception)?\b|\bInvalid(?!AMIID)\w+\.NotFound\b|\bNoSuchEntity|\bNatGatewayNotFound\b/,
    code: 'AWS.ResourceMissing',
    action:
      'Nothing at first: the next attempt looks at what is really there, and makes anew what was deleted by hand.',
    retryable: true,
  },
]
