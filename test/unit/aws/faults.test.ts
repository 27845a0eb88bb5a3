import { expect, test } from 'vitest'
import { faultCodes } from '../../../operator/api/reasons.ts'
import { awsFault, ifFound, isNotFound } from '../../../operator/aws/faults.ts'

const sdkError = (name: string, httpStatusCode?: number) =>
  Object.assign(new Error(`${name} it is`), {
    name,
    $metadata: { ...(httpStatusCode && { httpStatusCode }), requestId: 'r-1' },
  })

test.for([
  ['EKS', 'ThrottlingException', 429, 'AWS.Throttled', true],
  ['EC2', 'RequestLimitExceeded', 503, 'AWS.Throttled', true],
  ['EKS', 'ServerException', 500, 'Unreachable', true],
  ['EC2', 'InsufficientInstanceCapacity', 500, 'AWS.InsufficientCapacity', true],
  ['EC2', 'DependencyViolation', 400, 'AWS.DependencyViolation', true],
  ['EKS', 'ResourceInUseException', 409, 'AWS.DependencyViolation', true],
  ['EC2', 'IncorrectState', 400, 'ConcurrentUpdate', true],
  ['EC2', 'VpcLimitExceeded', 400, 'AWS.Quota', true],
  ['EKS', 'ResourceLimitExceededException', 400, 'AWS.Quota', true],
  ['EKS', 'AccessDeniedException', 403, 'AWS.AccessDenied', true],
  ['EC2', 'UnauthorizedOperation', 403, 'AWS.AccessDenied', true],
  ['EKS', 'InvalidParameterException', 400, 'InvalidInput', false],
  ['STS', 'ExpiredTokenException', 403, 'CredentialsInvalid', false],
  ['EC2', 'AuthFailure', 401, 'CredentialsInvalid', false],
] as const)('%s %s is a fault', ([service, name, status, code, retryable]) => {
  expect(awsFault(service, sdkError(name, status))).toMatchObject({
    code,
    retryable,
    requestId: 'r-1',
  })
  // The catalogue has advice for it, and the same word on whether it is tried again.
  const known: { outcome: string } | undefined = faultCodes[code]
  expect(known?.outcome).toBe(retryable ? 'retry' : 'stall')
})

test('a call that never got an answer is tried again', () => {
  const fault = awsFault('EC2', Object.assign(new Error('connect ECONNREFUSED'), { name: 'Error' }))
  expect(fault).toMatchObject({
    code: 'Unreachable',
    retryable: true,
    message: 'EC2: connect ECONNREFUSED',
  })
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
