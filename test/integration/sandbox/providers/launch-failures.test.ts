// Every reason for which EKS gets no machine, from the double of AWS through the double of the provider to the fault.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { awsProgramFaults as provider } from '../../../../operator/aws/faults/program-faults.ts'
import { classifyFailure } from '../../../../operator/engine/faults/faults.ts'
import {
  launchFailures,
  type LaunchFailure,
} from '../../../sandbox/aws/eks/node-groups/launch-failures.ts'
import { awsProvider } from '../../../sandbox/providers/aws/provider.ts'
import { activeCluster, awsLab, region, role, type Lab } from '../aws/fixture.ts'
import { Living } from './life-cycle.ts'

let lab: Lab
let make: (name: string) => Promise<Living>
const type = 'aws:eks/nodeGroup:NodeGroup'

beforeAll(async () => {
  lab = await awsLab()
  const provider = awsProvider({ env: { AWS_REGION: region, CRATEKUBE_POLL_MS: '20' } })
  const services = ['ec2', 'iam', 'eks', 'sts', 'ssm'].map((name) => [name, lab.aws.endpoint])
  await provider.configure?.({
    region,
    accessKey: lab.aws.credentials.accessKeyId,
    secretKey: lab.aws.credentials.secretAccessKey,
    endpoints: JSON.stringify([Object.fromEntries(services)]),
  })
  const { resourcesVpcConfig } = await activeCluster(lab, 'launches')
  const nodeRoleArn = await role(lab, 'launches-node', 'ec2.amazonaws.com')
  make = (name) =>
    new Living(provider, type, name).create({
      clusterName: 'launches',
      nodeGroupName: name,
      nodeRoleArn,
      subnetIds: resourcesVpcConfig?.subnetIds ?? [],
      scalingConfig: { minSize: 1, desiredSize: 1, maxSize: 1 },
    })
})
afterAll(() => lab?.stop())

const pool = 'spec.nodePools[0]'
const credentials = 'spec.provider.aws.credentialsRef'

const expected: Record<LaunchFailure, [code: string, retryable: boolean, inputPath?: string]> = {
  vcpus: ['AWS.Quota.Instances', true, pool],
  spotCount: ['AWS.Quota.Instances', true, pool],
  capacity: ['AWS.InsufficientCapacity', true, pool],
  spotCapacity: ['AWS.InsufficientCapacity', true, pool],
  unfulfillable: ['AWS.InsufficientCapacity', true, pool],
  machineOfAnotherZone: ['AWS.InvalidInstanceType', false, pool],
  key: ['AWS.Kms', true],
  keyPolicy: ['AWS.Kms', true],
  addresses: ['AWS.SubnetFull', true, pool],
  image: ['AWS.InvalidImage', false, pool],
  spotRole: ['AWS.AccessDenied', true, credentials],
  rights: ['AWS.AccessDenied', true, credentials],
  verification: ['AWS.PendingVerification', true],
}

test.each(Object.entries(expected) as [LaunchFailure, (typeof expected)[LaunchFailure]][])(
  'no machine for want of %s is told as what it is, and not as the wrapper',
  async (cause, [code, retryable, inputPath]) => {
    const name = cause.toLowerCase()
    lab.aws.faults.add({
      match: { operation: 'CreateNodegroup' },
      action: { type: 'fail-launch', cause },
      times: 1,
    })
    const error = await make(name).then(
      () => undefined,
      (thrown: unknown) => thrown as Error,
    )
    const message = error?.message ?? ''
    expect(message).toContain(`AsgInstanceLaunchFailures: ${launchFailures[cause]}`)
    const urn = `urn:pulumi:dev::test::${type}::${name}`
    const fault = classifyFailure(error, [{ message, urn, type }], { pools: [{ name }], provider })
    expect(fault).toMatchObject({ code, retryable, action: expect.any(String) })
    expect(fault.inputPath).toBe(inputPath)
  },
)
