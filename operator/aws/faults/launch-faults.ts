// Why AWS did not give a node pool its machines. EKS wraps every cause of a launch that failed in
// `AsgInstanceLaunchFailures`, so that the wrapper itself says nothing; only what is in it does.
import type { FaultRule } from '../../api/faults/fault-rule.ts'

export const launchFaults: readonly FaultRule[] = [
  {
    pattern:
      /VcpuLimitExceeded|InstanceLimitExceeded|MaxSpotInstanceCountExceeded|current vCPU limit|Max spot instance count exceeded|quota for maximum Fleet Requests/i,
    code: 'AWS.Quota.Instances',
    action:
      'Ask AWS to raise the quota that the message names, or make the node pools smaller. New accounts may run a few vCPUs only.',
    retryable: true,
    userInput: true,
  },
  {
    pattern:
      /InvalidKMSKey|KMSKeyNotAccessible|KMS\.\w+Exception|KMS key|encrypted with an inaccessible|Client\.InternalError/i,
    code: 'AWS.Kms',
    action:
      'Enable the KMS key that the account encrypts volumes with, and let its key policy allow AWSServiceRoleForAutoScaling to use it.',
    retryable: true,
  },
  {
    pattern: /InsufficientFreeAddressesInSubnet|not enough free addresses|insufficient free IP/i,
    code: 'AWS.SubnetFull',
    action: 'Make the node pools smaller; a larger spec.provider.aws.vpc.cidr needs a new cluster.',
    retryable: true,
    userInput: true,
  },
  {
    pattern:
      /InsufficientInstanceCapacity|Insufficient ?capacity|UnfulfillableCapacity|no Spot capacity|SpotMaxPriceTooLow|InsufficientHostCapacity|InsufficientReservedInstanceCapacity/i,
    code: 'AWS.InsufficientCapacity',
    action: 'Add more instance types to the node pool, or wait for AWS to have capacity.',
    retryable: true,
    userInput: true,
  },
  {
    pattern: /NodeCreationFailure|failed to join the kubernetes cluster/i,
    code: 'AWS.NodeCreationFailure',
    action:
      'The machines started and did not join. With an image of your own see that it is Amazon Linux 2023 for this version; else read the console output of an instance.',
    retryable: true,
    userInput: true,
  },
]

/** What no rule knows; after all others. */
export const unknownLaunchFault: FaultRule = {
  pattern: /AsgInstanceLaunchFailures|Launching EC2 instance failed/i,
  code: 'AWS.LaunchFailed',
  action: 'Read in the message why AWS launched no machine.',
  retryable: true,
  userInput: true,
}
