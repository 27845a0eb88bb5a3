import { expect, test } from 'vitest'
import { awsFault, ifFound, isNotFound } from '../../../operator/aws/faults.ts'

const sdkError = (name: string, httpStatusCode?: number) =>
  Object.assign(new Error(`${name} it is`), {
    name,
    $metadata: { ...(httpStatusCode && { httpStatusCode }), requestId: 'r-1' },
  })

test.for([
  ['EKS', 'ThrottlingException', 429, 'AWS.EKS.ThrottlingException', true],
  ['EC2', 'RequestLimitExceeded', 503, 'AWS.EC2.RequestLimitExceeded', true],
  ['EKS', 'ServerException', 500, 'AWS.EKS.ServerException', true],
  ['EC2', 'InsufficientInstanceCapacity', 500, 'AWS.EC2.InsufficientInstanceCapacity', true],
  ['EC2', 'DependencyViolation', 400, 'AWS.EC2.DependencyViolation', true],
  ['EC2', 'VpcLimitExceeded', 400, 'AWS.Quota.VpcLimitExceeded', false],
  ['EKS', 'ResourceLimitExceededException', 400, 'AWS.Quota.ResourceLimitExceededException', false],
  ['EKS', 'AccessDeniedException', 403, 'AWS.EKS.AccessDeniedException', false],
  ['EKS', 'InvalidParameterException', 400, 'AWS.EKS.InvalidParameterException', false],
  ['STS', 'ExpiredTokenException', 403, 'CredentialsInvalid', false],
  ['EC2', 'AuthFailure', 401, 'CredentialsInvalid', false],
] as const)('%s %s is a fault', ([service, name, status, code, retryable]) => {
  expect(awsFault(service, sdkError(name, status))).toMatchObject({
    code,
    retryable,
    requestId: 'r-1',
  })
})

test('a call that never got an answer is tried again', () => {
  const fault = awsFault('EC2', Object.assign(new Error('connect ECONNREFUSED'), { name: 'Error' }))
  expect(fault).toMatchObject({ retryable: true, message: 'EC2: connect ECONNREFUSED' })
})

test('refused credentials name the field', () => {
  expect(awsFault('STS', sdkError('InvalidClientTokenId', 403))).toMatchObject({
    inputPath: 'spec.provider.aws.credentialsRef',
    message: expect.stringContaining(
      'spec.provider.aws.credentialsRef: AWS refused the credentials',
    ),
  })
})

test('keeps the field that a call was about', () => {
  const about = { inputPath: 'spec.nodePools[0].image.id', value: 'ami-1' }
  expect(awsFault('EC2', sdkError('UnauthorizedOperation', 403), about)).toMatchObject(about)
})

test.for([
  'ResourceNotFoundException',
  'NoSuchEntityException',
  'InvalidVpcID.NotFound',
  'FileSystemNotFound',
  'NatGatewayNotFound',
])('%s means that the thing is not there', async (name) => {
  expect(isNotFound(sdkError(name, 404))).toBe(true)
  expect(await ifFound(Promise.reject(sdkError(name, 404)))).toBeUndefined()
})

test('no other error does', async () => {
  const denied = sdkError('AccessDeniedException', 403)
  await expect(ifFound(Promise.reject(denied))).rejects.toBe(denied)
})
