import {
  AddonIssueCode,
  ClusterIssueCode,
  ErrorCode,
  NodegroupIssueCode,
} from '@aws-sdk/client-eks'
import { expect, test } from 'vitest'
import { OperationFault } from '../../../../operator/api/faults/fault.ts'
import { messageOf } from '../../../../operator/api/faults/fault-rule.ts'
import { awsProgramFaults } from '../../../../operator/aws/faults/program-faults.ts'
import { addonFaults } from '../../../../programs/addons/index.ts'
import { classifyFailure as classify } from '../../../../operator/engine/faults/faults.ts'
import { faultTable as tableFor } from '../../../../operator/engine/faults/fault-table.ts'
import { faultCodes } from '../../../../operator/api/faults/reasons.ts'
import { recordedErrors } from './recorded-errors.ts'

/** As operator/provider/registry/programs-module.ts puts it together. */
const provider = {
  ...awsProgramFaults,
  causes: [...addonFaults, ...awsProgramFaults.causes],
}
const faultTable = tableFor(provider)
const classifyFailure: typeof classify = (error, failures, about) =>
  classify(error, failures, { ...about, provider })

const urnOf = (type: string, name: string) =>
  `urn:pulumi:team-a.payments::cratekube::${type}::${name}`
const nodeGroup = {
  type: 'aws:eks/nodeGroup:NodeGroup',
  urn: urnOf('aws:eks/nodeGroup:NodeGroup', 'default'),
}
const vpc = { type: 'aws:ec2/vpc:Vpc', urn: urnOf('aws:ec2/vpc:Vpc', 'network') }

/** Error texts as AWS and its Pulumi provider write them. */
const recorded: [code: string, retryable: boolean, text: string, inputPath?: string][] = [
  [
    'CredentialsInvalid',
    false,
    'operation error STS: GetCallerIdentity, api error InvalidClientTokenId: The security token included in the request is invalid.',
    'spec.provider.aws.credentialsRef',
  ],
  [
    'CredentialsInvalid',
    false,
    'No valid credential sources found. Please see https://www.pulumi.com/registry/packages/aws/',
    'spec.provider.aws.credentialsRef',
  ],
  [
    'AWS.AccessDenied',
    true,
    'operation error EKS: CreateCluster, api error AccessDeniedException: User: arn:aws:iam::123456789012:user/ci is not authorized to perform: eks:CreateCluster',
    'spec.provider.aws.credentialsRef',
  ],
  [
    'AWS.AccessDenied',
    true,
    'creating EC2 VPC: operation error EC2: CreateVpc, api error UnauthorizedOperation: You are not authorized to perform this operation.',
    'spec.provider.aws.credentialsRef',
  ],
  [
    'AWS.InsufficientCapacity',
    true,
    "waiting for EKS Node Group (payments:default) create: unexpected state 'CREATE_FAILED'. last error: AsgInstanceLaunchFailures: Could not launch On-Demand Instances. InsufficientInstanceCapacity - We currently do not have sufficient m6i.large capacity",
    'spec.nodePools',
  ],
  [
    'AWS.UnsupportedAvailabilityZone',
    false,
    "operation error EKS: CreateCluster, UnsupportedAvailabilityZoneException: Cannot create cluster 'payments' because us-east-1e, the targeted availability zone, does not currently have sufficient capacity to support the cluster.",
    'spec.provider.aws.vpc.zones',
  ],
  [
    'AWS.UnsupportedAvailabilityZone',
    false,
    'creating EC2 VPC Endpoint (com.amazonaws.us-east-1.eks-auth): operation error EC2: CreateVpcEndpoint, api error InvalidParameter: The VPC endpoint service com.amazonaws.us-east-1.eks-auth does not support the availability zone of the subnet: subnet-0de46d7dcc06da2a7.',
    'spec.provider.aws.vpc.zones',
  ],
  [
    'AWS.Quota.Vpc',
    true,
    'creating EC2 VPC: operation error EC2: CreateVpc, api error VpcLimitExceeded: The maximum number of VPCs has been reached.',
  ],
  [
    'AWS.Quota.ElasticIp',
    true,
    'allocating EC2 EIP: api error AddressLimitExceeded: The maximum number of addresses has been reached.',
    'spec.provider.aws.vpc.natGateways',
  ],
  [
    'AWS.Quota.NatGateway',
    true,
    'api error NatGatewayLimitExceeded: Performing this operation would exceed the limit of 5 NAT gateways',
    'spec.provider.aws.vpc.natGateways',
  ],
  [
    'AWS.Quota.Instances',
    true,
    'VcpuLimitExceeded - You have requested more vCPU capacity than your current vCPU limit of 32',
    'spec.nodePools',
  ],
  [
    'AWS.Quota',
    true,
    'operation error EKS: CreateCluster, ResourceLimitExceededException: Cluster limit exceeded for account.',
  ],
  [
    'AWS.Throttled',
    true,
    'operation error EC2: DescribeVpcs, exceeded maximum number of attempts, 25, api error RequestLimitExceeded: Request limit exceeded.',
  ],
  ['AWS.Throttled', true, 'operation error IAM: CreateRole, api error Throttling: Rate exceeded'],
  [
    'AWS.DependencyViolation',
    true,
    "deleting EC2 Subnet (subnet-1): operation error EC2: DeleteSubnet, api error DependencyViolation: The subnet 'subnet-1' has dependencies and cannot be deleted.",
  ],
  [
    'AWS.DependencyViolation',
    true,
    'deleting IAM Role (x): api error DeleteConflict: Cannot delete entity, must detach all policies first.',
  ],
  [
    'AWS.InvalidImage',
    false,
    "creating EC2 Launch Template: api error InvalidAMIID.NotFound: The image id '[ami-1]' does not exist",
    'spec.nodePools',
  ],
  [
    'AWS.InvalidInstanceType',
    false,
    'InvalidParameterException: The following supplied instance types do not exist: [m99.huge] InvalidInstanceType',
    'spec.nodePools',
  ],
  [
    'ConcurrentUpdate',
    true,
    'updating EKS Cluster (payments-1a2b): operation error EKS: UpdateClusterVersion, https response error StatusCode: 400, InvalidParameterException: Cluster is already at version 1.36',
  ],
  [
    'AWS.PodEviction',
    true,
    "waiting for EKS update (0b1c2d3e): unexpected state 'Failed', wanted target 'Successful'. last error: PodEvictionFailure: Reached max retries while trying to evict pods from nodes in node group default",
    'spec.nodePools',
  ],
  [
    'AWS.UnsupportedVersion',
    false,
    'operation error EKS: CreateCluster, InvalidParameterException: unsupported Kubernetes version',
    'spec.kubernetesVersion',
  ],
  [
    'AWS.InvalidCidr',
    false,
    "creating EC2 VPC: api error InvalidVpc.Range: The CIDR '10.0.0.0/8' is invalid.",
    'spec.provider.aws.vpc.cidr',
  ],
  [
    'ConcurrentUpdate',
    true,
    'code: 1 stderr: error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end',
  ],
  ['WrongPassphrase', false, 'error: incorrect passphrase'],
  [
    'ResourceProtected',
    false,
    'resource "urn" cannot be deleted\nbecause it is protected. To unprotect the resource, remove the flag',
  ],
  [
    'EngineMissing',
    false,
    'code: -2\n stdout: \n stderr: Command failed with ENOENT: pulumi version\nspawn pulumi ENOENT',
  ],
  [
    'UnsupportedBackend',
    false,
    'error: the embedded engine keeps state in file:// backends only, not in s3://x',
  ],
  [
    'PluginMissing',
    true,
    "could not load provider for resource urn:x: no resource plugin 'pulumi-resource-aws' found in the workspace at version v7.48.0",
  ],
  [
    'PluginMissing',
    true,
    "no language plugin 'pulumi-language-nodejs' found in the workspace or on your $PATH",
  ],
  ['Unreachable', true, 'connect ECONNREFUSED 127.0.0.1:6443'],
  [
    'Unreachable',
    true,
    'unable to validate AWS credentials. Details: operation error STS: GetCallerIdentity, connect ECONNREFUSED 127.0.0.1:1',
  ],
  ['ProgramError', false, "Duplicate resource URN 'urn:x'; try giving it a unique name"],
  [
    'InvalidInput',
    false,
    "aws:ec2/vpc:Vpc resource 'network': property cidrBlock value {x} has a problem: expected a CIDR",
  ],
  [
    'ProgramError',
    false,
    "Unhandled exception: TypeError: Cannot read properties of undefined (reading 'arn')",
  ],
]

test.each(recorded)('%s (retryable: %s) from: %s', (code, retryable, message, inputPath) => {
  const fault = classifyFailure(new Error('update failed'), [{ message, ...nodeGroup }])
  expect(fault).toMatchObject({ code, retryable })
  if (inputPath !== undefined) expect(fault.inputPath).toBe(inputPath)
  const rule = faultTable.find((one) => one.code === code)
  const own = rule && messageOf(rule, message)
  expect(fault.message).toContain(own ?? 'aws:eks/nodeGroup:NodeGroup default')
  if (inputPath !== undefined) expect(fault.message).toContain(inputPath)
})

test('a fault of a node pool names the pool by its place in the spec', () => {
  const message = 'api error InvalidAMIID.NotFound: The image id [ami-1] does not exist'
  const pools = [{ name: 'other' }, { name: 'default' }]
  const fault = classifyFailure(undefined, [{ message, ...nodeGroup }], { pools })
  expect(fault.inputPath).toBe('spec.nodePools[1]')
  expect(fault.message).toMatch(/^spec\.nodePools\[1\]: aws:eks\/nodeGroup:NodeGroup default: /)
  const gone = classifyFailure(undefined, [{ message, ...nodeGroup }], {
    pools: [{ name: 'other' }],
  })
  expect(gone.inputPath).toBe('spec.nodePools')
})

test.each(recordedErrors)('$code, as $source tells it', (recorded) => {
  const { code, retryable, text, inputPath, action } = recorded
  const about = { place: 'ap-east-1' }
  const fault = classifyFailure(undefined, [{ message: text, ...nodeGroup }], about)
  expect(fault).toMatchObject({ code, retryable })
  expect(fault.inputPath).toBe(inputPath)
  if (action) expect(fault.action).toMatch(action)
})

const healthCodes = [NodegroupIssueCode, ErrorCode, ClusterIssueCode, AddonIssueCode].flatMap(
  (codes) => Object.values<string>(codes),
)

test('every rule of the table is shown by a recorded error that no rule before it takes', () => {
  const texts = [
    ...recorded.map(([, , text]) => text),
    ...recordedErrors.map(({ text }) => text),
    ...healthCodes.map((code) => `last error: ${code}: in the words of EKS`),
  ]
  const shown = new Set(texts.map((text) => faultTable.find(({ pattern }) => pattern.test(text))))
  const unseen = faultTable.filter((rule) => !shown.has(rule))
  expect(unseen.map(({ code, pattern }) => `${code} ${pattern.source.slice(0, 40)}`)).toEqual([])
})

test('every rule and the catalogue agree whether it is tried again', () => {
  const known: Record<string, { outcome: string }> = faultCodes
  for (const { code, retryable } of faultTable)
    expect(known[code]?.outcome, code).toBe(retryable ? 'retry' : 'stall')
})

test('what fails because something else failed is never the cause', () => {
  const closing =
    "eks:index:Cluster resource 'cluster' has a problem: grpc: the client connection is closing"
  const strange = { message: 'something that no rule knows' }
  const fault = classifyFailure(new Error('update failed'), [strange, { message: closing }])
  expect(fault).toMatchObject({ code: 'OperationFailed', message: strange.message })
  const quota = { message: 'api error VpcLimitExceeded: The maximum number of VPCs', ...vpc }
  expect(classifyFailure(undefined, [{ message: closing }, quota]).code).toBe('AWS.Quota.Vpc')
  expect(classifyFailure(undefined, [{ message: closing }])).toMatchObject({
    code: 'OperationFailed',
    retryable: true,
  })
})

test('what says little does not outrank an earlier failure that no rule knows', () => {
  const vague = { message: 'ValidationException: 1 validation error detected', ...nodeGroup }
  expect(classifyFailure(undefined, [{ message: 'odd' }, vague]).code).toBe('OperationFailed')
  expect(classifyFailure(undefined, [vague]).code).toBe('InvalidInput')
})

test('a full disk is not blamed on the resource that was about to be made', () => {
  const message = '/state/x.json cannot be written: ENOSPC: no space left on device, write'
  const fault = classifyFailure(undefined, [{ message, ...vpc }])
  expect(fault.message).toBe(message)
  expect(fault.inputPath).toBeUndefined()
})

test('the first failure is the cause, and the engine’s closing words are none', () => {
  const fault = classifyFailure(new Error('x'), [
    { message: 'update failed' },
    { message: 'api error VpcLimitExceeded: The maximum number of VPCs has been reached.', ...vpc },
    { message: 'api error Throttling: Rate exceeded', ...nodeGroup },
  ])
  expect(fault.code).toBe('AWS.Quota.Vpc')
})

test('what a program says when one of its resources failed is no cause', () => {
  const echo = 'Unhandled exception: Error: resource main [aws:ec2/vpc:Vpc] failed to register'
  const fault = classifyFailure(new Error('x'), [
    { message: `${echo}\n    at file:///monitor.js:1:1` },
    { message: 'api error VpcLimitExceeded: The maximum number of VPCs has been reached.', ...vpc },
  ])
  expect(fault.code).toBe('AWS.Quota.Vpc')
})

test('a plugin that is missing is the cause, whatever fails with it and in whatever order', () => {
  const missing = {
    message:
      "no resource plugin 'pulumi-resource-kubernetes' found in the workspace at version v4.19.0",
  }
  const closing = {
    message:
      "eks:index:Cluster resource 'cluster' has a problem: grpc: the client connection is closing",
    type: 'eks:index:Cluster',
    urn: urnOf('eks:index:Cluster', 'cluster'),
  }
  for (const failures of [
    [missing, closing],
    [closing, missing],
  ])
    expect(classifyFailure(new Error('update failed'), failures)).toEqual({
      code: 'PluginMissing',
      message:
        'The worker’s image lacks plugin pulumi-resource-kubernetes 4.19.0, which the stack asks for.',
      action: expect.stringContaining('image'),
      retryable: true,
    })
})

test('what a component says when its engine has gone is no cause', () => {
  const gone = 'eks:index:Cluster has a problem: grpc: the client connection is closing'
  const fault = classifyFailure(new Error('x'), [
    { message: 'something odd happened', ...vpc },
    { message: gone },
  ])
  expect(fault).toMatchObject({
    code: 'OperationFailed',
    message: expect.stringContaining('something odd'),
  })
})

test('the request id of AWS is kept', () => {
  const message =
    'https response error StatusCode: 400, RequestID: 5f2c8f1e-6f0e-4a3f-9c0e-1234567890ab, api error Odd: strange'
  expect(classifyFailure(undefined, [{ message }])).toMatchObject({
    code: 'OperationFailed',
    retryable: true,
    requestId: '5f2c8f1e-6f0e-4a3f-9c0e-1234567890ab',
  })
})

test('without events the command’s text counts, but not its command line', () => {
  const text =
    'code: -2\n stdout: \n stderr: Command failed with exit code 1: pulumi up --client=127.0.0.1:1\nerror: incorrect passphrase\n'
  expect(classifyFailure(new Error(text), []).message).toBe('incorrect passphrase')
})

test('stack traces are cut from messages, and long ones end', () => {
  const fault = classifyFailure(undefined, [
    {
      message: `Unhandled exception: Error: boom\n    at file:///somewhere.ts:1:1\n${'x'.repeat(2000)}`,
    },
  ])
  expect(fault.message).not.toContain('somewhere')
  expect(fault.message.length).toBeLessThan(700)
})

test('a fault that is known where it arises passes unchanged', () => {
  const fault = { code: 'StackNameClash', message: 'taken', retryable: false }
  expect(classifyFailure(new OperationFault(fault), [{ message: 'Throttling' }])).toBe(fault)
})
