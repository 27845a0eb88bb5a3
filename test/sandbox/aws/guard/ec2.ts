// EC2: moto behind checks that make it as strict as AWS (before), and states that take time as on AWS (after).
import { AwsError } from '../errors.ts'
import { forwardToMoto } from '../moto/forward.ts'
import type { Service } from '../front.ts'
import { refuseInput } from './ec2-input.ts'
import { describeImages } from './images.ts'
import { describeLaunchTemplates } from './launch-templates.ts'
import { deletionChecks } from './deletion.ts'
import { describeAvailabilityZones } from './availability-zones.ts'
import { describeEndpointServices, endpointChecks } from './endpoint-services.ts'
import { natGateways } from './nat-gateways.ts'
import { quotaChecks } from './quotas.ts'
import type { Answer, Check, GuardDeps } from './guard.ts'
import { remembered } from './remembered.ts'

export function ec2Service(d: GuardDeps): Service {
  const forward: Answer = (call) => forwardToMoto(d.moto, call)
  const checks: Record<string, Check> = { ...deletionChecks, ...endpointChecks, ...quotaChecks }
  const answers: Record<string, Answer> = {
    ...natGateways(d, forward),
    DescribeImages: describeImages(forward),
    CreateVpcEndpoint: remembered(forward),
    DescribeAvailabilityZones: describeAvailabilityZones(d),
    DescribeVpcEndpointServices: describeEndpointServices(d),
    DescribeLaunchTemplates: describeLaunchTemplates(d, forward),
  }
  return {
    async answer(call) {
      if (call.form.get('DryRun') === 'true')
        throw new AwsError(
          'DryRunOperation',
          'Request would have succeeded, but DryRun flag is set.',
          412,
        )
      refuseInput(call)
      await checks[call.operation]?.(d, call)
      return (answers[call.operation] ?? forward)(call)
    },
  }
}
