// Errors of the AWS SDK as faults: the one place that knows which of them are the user's and which pass by themselves.
import type { Fault } from '../api/fault.ts'

export type AwsService = 'EC2' | 'EFS' | 'EKS' | 'IAM' | 'Logs' | 'STS'
type SdkError = Error & {
  $metadata?: { httpStatusCode?: number; requestId?: string }
  $retryable?: unknown
}

const credentialErrors = new Set([
  'AuthFailure',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidAccessKeyId',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
])
const throttling =
  /^(Throttl|RequestLimitExceeded|TooManyRequests|RequestThrottled|BandwidthLimitExceeded|PriorRequestNotComplete)/
const quota = /LimitExceeded|QuotaExceeded|TooMany/
const transient =
  /^(InsufficientInstanceCapacity|ResourceInUse|ResourcePropagationDelay|DependencyViolation|IncorrectState)/

/** `inputPath` and `value` when the call was about a field of the spec. */
export function awsFault(
  service: AwsService,
  error: unknown,
  about: Pick<Fault, 'inputPath' | 'value'> = {},
): Fault {
  const { name, message, $metadata = {} } = toSdkError(error)
  const requestId = $metadata.requestId
  const common = { ...about, ...(requestId && { requestId }) }
  if (credentialErrors.has(name)) {
    const inputPath = 'spec.provider.aws.credentialsRef'
    const text = `${inputPath}: AWS refused the credentials: ${message}`
    return { ...common, code: 'CredentialsInvalid', inputPath, message: text, retryable: false }
  }
  const limited = throttling.test(name)
  const code = quota.test(name) && !limited ? `AWS.Quota.${name}` : `AWS.${service}.${name}`
  const retryable = limited || isTransient(name, $metadata.httpStatusCode)
  return { ...common, code, message: `${service}: ${message}`, retryable }
}

/** The name by which AWS calls an error. */
export const errorName = (error: unknown): string => toSdkError(error).name

/** Whether the error says that the thing is not there: every service has a word of its own for it. */
export const isNotFound = (error: unknown): boolean =>
  /NotFound|NoSuchEntity|^InvalidAllocationID|Malformed$/.test(errorName(error))

/** Undefined when the thing is not there. */
export async function ifFound<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** No status at all: the call did not reach AWS, or the answer did not reach us. */
const isTransient = (name: string, status: number | undefined) =>
  status === undefined || status >= 500 || transient.test(name)

const toSdkError = (error: unknown): SdkError =>
  error instanceof Error ? error : new Error(String(error))
