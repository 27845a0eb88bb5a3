// Errors of the AWS SDK as faults: the one place that knows which of them are the user's and which pass by themselves.
import type { Fault } from '../api/fault.ts'

export type AwsService = 'EC2' | 'EFS' | 'EKS' | 'ELB' | 'IAM' | 'Logs' | 'STS'
type SdkError = Error & {
  $metadata?: { httpStatusCode?: number; requestId?: string }
  $retryable?: unknown
}

type Rule = Pick<Fault, 'code' | 'retryable'> & { names: RegExp; inputPath?: string; say?: string }

const credentials = { inputPath: 'spec.provider.aws.credentialsRef' }

/** By the name of the error; the first that fits. What operator/engine/fault-table.ts does by the text of an error. */
const rules: Rule[] = [
  {
    names:
      /^(AuthFailure|ExpiredToken(Exception)?|IncompleteSignature|InvalidAccessKeyId|InvalidClientTokenId|InvalidSignatureException|SignatureDoesNotMatch|UnrecognizedClientException)$/,
    code: 'CredentialsInvalid',
    retryable: false,
    ...credentials,
    say: 'AWS refused the credentials',
  },
  {
    names: /AccessDenied|^UnauthorizedOperation$|^NotAuthorized/,
    code: 'AWS.AccessDenied',
    retryable: true,
    ...credentials,
    say: 'AWS does not allow the credentials a call',
  },
  {
    names:
      /^(Throttl|RequestLimitExceeded|TooManyRequests|RequestThrottled|BandwidthLimitExceeded|PriorRequestNotComplete)/,
    code: 'AWS.Throttled',
    retryable: true,
  },
  { names: /LimitExceeded|QuotaExceeded|TooMany/, code: 'AWS.Quota', retryable: true },
  { names: /^InsufficientInstanceCapacity/, code: 'AWS.InsufficientCapacity', retryable: true },
  {
    names: /^(DependencyViolation|ResourceInUse|DeleteConflict)/,
    code: 'AWS.DependencyViolation',
    retryable: true,
  },
  {
    names: /^(ResourcePropagationDelay|IncorrectState)/,
    code: 'ConcurrentUpdate',
    retryable: true,
  },
]

/** A call that did not reach AWS, or whose answer did not reach us, has no status. */
function ruleFor(name: string, status: number | undefined): Omit<Rule, 'names'> {
  const known = rules.find(({ names }) => names.test(name))
  if (known) return known
  return status === undefined || status >= 500
    ? { code: 'Unreachable', retryable: true }
    : { code: 'InvalidInput', retryable: false }
}

/** `inputPath` and `value` when the call was about a field of the spec. */
export function awsFault(
  service: AwsService,
  error: unknown,
  about: Pick<Fault, 'inputPath' | 'value'> = {},
): Fault {
  const { name, message, $metadata = {} } = toSdkError(error)
  const { requestId } = $metadata
  const { code, retryable, inputPath, say } = ruleFor(name, $metadata.httpStatusCode)
  return {
    ...(inputPath && { inputPath }),
    ...about,
    ...(requestId && { requestId }),
    code,
    message: `${say ? `${inputPath}: ${say}` : service}: ${message}`,
    retryable,
  }
}

/** Whether the same call may be answered in a moment: too much was asked, or AWS or the way to it is out of order. */
export function passesByItself(error: unknown): boolean {
  const { name, $metadata } = toSdkError(error)
  return ['AWS.Throttled', 'Unreachable'].includes(ruleFor(name, $metadata?.httpStatusCode).code)
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

const toSdkError = (error: unknown): SdkError =>
  error instanceof Error ? error : new Error(String(error))
