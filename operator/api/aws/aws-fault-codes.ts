// Codes of the faults that are AWS's, of those in reasons.ts.
import { retry, stall, type ReasonEntry } from '../faults/reason.ts'

export const awsFaultCodes = {
  'AWS.AccessDenied': retry(
    'The credentials may not do what the operation needs.',
    'Allow the action that the message names in the IAM policy of the credentials.',
  ),
  'AWS.RegionNotEnabled': stall(
    'The account has not enabled the region, or is not signed up for a service in it.',
    'Enable the region in the account.',
  ),
  'AWS.PendingVerification': retry(
    'AWS checks the account before it launches machines in the region.',
    'Nothing for four hours; after that write to aws-verification@amazon.com.',
  ),
  'AWS.AccountBlocked': retry(
    'AWS has blocked the account.',
    'Have AWS unblock the account; work goes on by itself after that.',
  ),
  'AWS.InsufficientCapacity': retry(
    'AWS has too few machines of the types that a node pool asks for.',
    'Add more instance types to the node pool, or wait.',
  ),
  'AWS.SubnetFull': retry(
    'A subnet of the cluster has no free address left.',
    'Make the node pools smaller; a larger network needs a new cluster.',
  ),
  'AWS.Kms': retry(
    'AWS could not use the KMS key that the volumes of the nodes are encrypted with.',
    'Enable the key, and let its policy allow AWSServiceRoleForAutoScaling to use it.',
  ),
  'AWS.NodeCreationFailure': retry(
    'The machines of a node pool started and did not join the cluster.',
    'Check the image of your own, the way out to the API server, and the console output of an instance.',
  ),
  'AWS.ZoneImpaired': retry(
    'AWS has an availability zone of the cluster not in order; nothing is changed.',
    'Nothing: work goes on when AWS says that the zone is available.',
  ),
  'AWS.NodePoolChanged': retry(
    'Somebody changed in AWS what belongs to a node pool, so that EKS does not work on it.',
    'Undo what was changed by hand, or give the node pool another name, so that it is made anew.',
  ),
  'AWS.ClusterUnreachable': retry(
    'EKS does not reach the API server of the cluster.',
    'Look in the cluster for admission webhooks that do not answer.',
  ),
  'AWS.AddonRefused': retry(
    'An add-on of EKS was refused by the cluster, or does not become ready in it.',
    'Look in the cluster, in kube-system, for what the message names.',
  ),
  'AWS.ResourceMissing': retry(
    'Something that the cluster needs is not in AWS, perhaps deleted by hand.',
    'Nothing at first: the next attempt looks at what is there, and makes anew what was deleted.',
  ),
  'AWS.LaunchFailed': retry(
    'AWS launched no machine for a node pool, for a reason that CrateKube does not know.',
    'Read in the message why.',
  ),
  'AWS.UnsupportedAvailabilityZone': stall(
    'EKS, or a service that the nodes need, is not in one of the zones.',
    'Make another TenantCluster with spec.provider.aws.vpc.zones, of zones that have it.',
  ),
  'AWS.Quota.Vpc': retry(
    'The region holds as many VPCs as the account may have.',
    'Ask AWS to raise the quota of VPCs per region, or delete VPCs that are not used.',
  ),
  'AWS.Quota.ElasticIp': retry(
    'The account has no Elastic IP left.',
    'Ask AWS to raise the quota of Elastic IPs, or use fewer NAT gateways.',
  ),
  'AWS.Quota.NatGateway': retry(
    'A zone holds as many NAT gateways as the account may have.',
    'Ask AWS to raise the quota of NAT gateways, or use fewer.',
  ),
  'AWS.Quota.Instances': retry(
    'The account may not run as many vCPUs.',
    'Ask AWS to raise the quota of vCPUs, or make the node pools smaller.',
  ),
  'AWS.Quota': retry(
    'A quota of the account is used up.',
    'Ask AWS to raise the quota that the message names.',
  ),
  'AWS.Throttled': retry('AWS asks for fewer calls.', 'Nothing; it goes on more slowly.'),
  'AWS.InvalidTags': stall(
    'AWS does not take a tag.',
    'Give tags with keys that differ in more than case, of the letters that AWS takes.',
  ),
  'AWS.DeletionRefused': retry(
    'AWS does not take the deletion of a resource.',
    'Nothing at first; when it keeps failing, delete in AWS what the message names.',
  ),
  'AWS.DependencyViolation': retry(
    'Something that CrateKube did not make still uses a resource.',
    'Remove what the message names, such as load balancers or network interfaces.',
  ),
  'AWS.PodEviction': retry(
    'A node was not replaced, because a PodDisruptionBudget in the tenant cluster allows no eviction.',
    'Let the budget give way: more replicas, or a smaller minimum; the upgrade goes on by itself.',
  ),
  'AWS.InvalidImage': stall(
    'The machine image does not exist in the region.',
    'Give an image that exists in the region.',
  ),
  'AWS.InvalidInstanceType': stall(
    'The region does not offer an instance type.',
    'Choose instance types that the region offers.',
  ),
  'AWS.VersionMismatch': stall(
    'The cluster runs another version than the spec says, one that EKS cannot change to that.',
    'Set spec.kubernetesVersion to the version that the cluster runs, or to one above it.',
  ),
  'AWS.UnsupportedVersion': stall(
    'EKS does not offer the Kubernetes version.',
    'Choose a version that EKS offers.',
  ),
  'AWS.InvalidCidr': stall(
    'AWS does not take the address range.',
    'Give an address range that fits and is not used.',
  ),
} satisfies Record<string, ReasonEntry>
