// The rules of AWS for errors of Pulumi programs, as the engine asks them, and the fields of the spec that resources came from.
import type { FaultRule } from '../../api/faults/fault-rule.ts'
import type { ProviderFaults } from '../../provider/contract.ts'
import { accountFaults } from './account-faults.ts'
import { healthFaults } from './health-faults.ts'
import { launchFaults, unknownLaunchFault } from './launch-faults.ts'
import { resourceFaults } from './resource-faults.ts'

const deletionRefused: FaultRule = {
  // A deletion takes no value of the spec: what AWS has against it is not the user's to correct there.
  pattern:
    /\bdeleting [^]*(InvalidParameter|InvalidRequest|Validation|Malformed)|: (Delete|Detach|Disassociate|Release|Remove|Revoke|Terminate)\w+, /,
  code: 'AWS.DeletionRefused',
  action:
    'Nothing at first: it is tried again. When it keeps failing, delete in AWS what the message names.',
  retryable: true,
}

/** A value of the spec that is none for AWS: what it has against it only its text says. */
const inputRefused: FaultRule = {
  pattern: /InvalidParameter|ValidationException|InvalidRequest/i,
  code: 'InvalidInput',
  action: 'Correct the value that the message names.',
  retryable: false,
  userInput: true,
  vague: true,
}

export const awsProgramFaults: ProviderFaults = {
  wrapped: launchFaults,
  causes: [...healthFaults, ...accountFaults, ...resourceFaults],
  vague: [unknownLaunchFault, deletionRefused, inputRefused],
  inputPathOf,
}

/** Node groups and their templates are named after their pool, so the resource says which field of the spec it came from. */
function inputPathOf(
  { type, name, message }: { type: string; name: string; message: string },
  { pools = [] }: { pools?: readonly { name: string }[] },
): string | undefined {
  if (type === 'aws:eks/cluster:Cluster' || type === 'eks:index:Cluster')
    return /version/i.test(message) ? 'spec.kubernetesVersion' : undefined
  if (type === 'aws:eks/nodeGroup:NodeGroup' || type === 'aws:ec2/launchTemplate:LaunchTemplate') {
    const index = pools.findIndex((pool) => pool.name === name)
    return index < 0 ? 'spec.nodePools' : `spec.nodePools[${index}]`
  }
  if (type.startsWith('aws:ec2/vpc') || type.startsWith('aws:ec2/subnet'))
    return 'spec.provider.aws.vpc'
  return undefined
}
