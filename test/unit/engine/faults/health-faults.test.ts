// Every code that EKS may give for what failed becomes a fault with an advice; what EKS itself does not know stays unknown.
import {
  AddonIssueCode,
  ClusterIssueCode,
  ErrorCode,
  NodegroupIssueCode,
} from '@aws-sdk/client-eks'
import { expect, test } from 'vitest'
import { awsProgramFaults as provider } from '../../../../operator/aws/faults/program-faults.ts'
import { classifyFailure as classify } from '../../../../operator/engine/faults/faults.ts'

const classifyFailure: typeof classify = (error, failures, about) =>
  classify(error, failures, { ...about, provider })

const urn = (type: string, name: string) => `urn:pulumi:s::cratekube::cloud$${type}::${name}`
const about = { pools: [{ name: 'default' }, { name: 'gpu' }], place: 'eu-west-1' }

const subjects = {
  nodeGroup: {
    type: 'aws:eks/nodeGroup:NodeGroup',
    name: 'gpu',
    says: (code: string) =>
      `waiting for EKS Node Group (p:gpu) create: unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'. last error: r-1: ${code}: words`,
    codes: { ...NodegroupIssueCode, ...ErrorCode },
  },
  cluster: {
    type: 'aws:eks/cluster:Cluster',
    name: 'cluster',
    says: (code: string) =>
      `waiting for EKS Cluster (p) create: unexpected state 'FAILED', wanted target 'ACTIVE'. last error: ${code}: words`,
    codes: { ...ClusterIssueCode, ...ErrorCode },
  },
  addon: {
    type: 'aws:eks/addon:Addon',
    name: 'vpc-cni',
    says: (code: string) =>
      `waiting for EKS Add-On (p:vpc-cni) create: unexpected state 'CREATE_FAILED', wanted target 'ACTIVE'. last error: : ${code}: words`,
    codes: { ...AddonIssueCode, ...ErrorCode },
  },
}

/** Their names say no more. */
const unknown = ['Unknown', 'Other', 'OperationNotPermitted']

test.each(Object.entries(subjects))('each code of a %s is told with an advice', (_, subject) => {
  const { type, name, says } = subject
  for (const code of Object.values(subject.codes)) {
    const failure = { message: says(code), urn: urn(type, name), type }
    const fault = classifyFailure(new Error('failed'), [failure], about)
    expect([code, fault.code === 'OperationFailed', fault.action === undefined]).toEqual(
      unknown.includes(code) ? [code, true, true] : [code, false, false],
    )
    // What passes by itself is told so only where nobody has to do anything.
    if (code !== 'InternalFailure') expect([code, fault.code]).not.toEqual([code, 'Unreachable'])
  }
})

test('a code that another begins or ends is not taken for it', () => {
  const fault = (message: string) => classifyFailure(new Error(message), [], about).code
  expect(fault('reading EKS Cluster: ResourceNotFoundException: No cluster found for name: x.')).toBe('AWS.ResourceMissing') // prettier-ignore
  expect(fault('getaddrinfo ENOTFOUND eks.eu-west-1.amazonaws.com')).toBe('Unreachable')
  expect(fault("api error InvalidSubnetID.NotFound: The subnet ID 'subnet-1' does not exist")).toBe('AWS.ResourceMissing') // prettier-ignore
  expect(fault("api error InvalidAMIID.NotFound: The image id '[ami-1]' does not exist")).toBe('AWS.InvalidImage') // prettier-ignore
})
