import { expect, test } from 'vitest'
import { faultCodes } from '../../../../operator/api/faults/reasons.ts'
import { awsFault, ifFound, saysNotFound } from '../../../../operator/aws/faults/sdk-faults.ts'

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
  ['EKS', 'InvalidParameterException', 400, 'OperationFailed', true],
  ['STS', 'ExpiredTokenException', 403, 'CredentialsExpired', true],
  ['EC2', 'RequestExpired', 400, 'CredentialsExpired', true],
  ['EC2', 'RequestTimeTooSkewed', 403, 'ClockSkew', true],
  ['EC2', 'OptInRequired', 401, 'AWS.RegionNotEnabled', false],
  ['EC2', 'PendingVerification', 400, 'AWS.PendingVerification', true],
  ['EC2', 'Blocked', 400, 'AWS.AccountBlocked', true],
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

test('only a call about a field of the spec can be refused for what the field holds', () => {
  const about = { inputPath: 'spec.nodePools[0].aws.image.id', value: 'ami-1' }
  const error = sdkError('InvalidParameterValue', 400)
  expect(awsFault('EC2', error, about)).toMatchObject({ code: 'InvalidInput', retryable: false })
  expect(awsFault('EC2', error)).toMatchObject({ code: 'OperationFailed', retryable: true })
})

test('where AWS refuses credentials it may be the region, which is named', () => {
  const fault = awsFault('STS', sdkError('InvalidClientTokenId', 403), { region: 'ap-east-1' })
  expect(fault.action).toContain('enable the region ap-east-1 in the account')
})

test('a signature that is out of time is a clock, not a key', () => {
  const error = Object.assign(new Error('Signature expired: 2020 is now earlier than 2021'), {
    name: 'SignatureDoesNotMatch',
    $metadata: { httpStatusCode: 403 },
  })
  expect(awsFault('STS', error)).toMatchObject({ code: 'ClockSkew', retryable: true })
})

test('keeps the field that a call was about', () => {
  const about = { inputPath: 'spec.nodePools[0].aws.image.id', value: 'ami-1' }
  expect(awsFault('EC2', sdkError('UnauthorizedOperation', 403), about)).toMatchObject(about)
})

test.for([
  'ResourceNotFoundException',
  'NoSuchEntityException',
  'InvalidVpcID.NotFound',
  'FileSystemNotFound',
  'NatGatewayNotFound',
])('%s means that the thing is not there', async (name) => {
  expect(saysNotFound(sdkError(name, 404))).toBe(true)
  expect(await ifFound(Promise.reject(sdkError(name, 404)))).toBeUndefined()
})

test('no other error does', async () => {
  const denied = sdkError('AccessDeniedException', 403)
  await expect(ifFound(Promise.reject(denied))).rejects.toBe(denied)
})
