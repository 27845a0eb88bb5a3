// Errors of the AWS SDK as faults: the one place that knows which of them are the user's and which pass by themselves.
import { accountFaults } from './account-faults.ts'
import { actionOf } from '../../api/faults/fault-rule.ts'
import type { Fault } from '../../api/faults/fault.ts'

export type AwsService = 'EC2' | 'EFS' | 'EKS' | 'ELB' | 'IAM' | 'Logs' | 'STS'
type SdkError = Error & {
  $metadata?: { httpStatusCode?: number; requestId?: string }
  $retryable?: unknown
}

type Rule = Pick<Fault, 'code' | 'retryable' | 'inputPath' | 'action'>

/** By the name of the error, after what AWS says of the account; what operator/engine/faults/fault-table.ts does by the text. */
const rules: (Rule & { names: RegExp })[] = [
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

const sayings: Record<string, string> = {
  CredentialsInvalid: 'AWS refused the credentials',
  CredentialsExpired: 'the credentials have expired',
  'AWS.AccessDenied': 'AWS does not allow the credentials a call',
}

/** A call that did not reach AWS, or whose answer did not reach us, has no status. */
function ruleFor({ name, message, $metadata }: SdkError, region?: string): Rule {
  const text = `${name}: ${message}`
  const account = accountFaults.find(({ pattern }) => pattern.test(text))
  if (account) {
    const { code, retryable, inputPath } = account
    const action = actionOf(account, text, region === undefined ? {} : { place: region })
    return { code, retryable, ...(inputPath && { inputPath }), ...(action && { action }) }
  }
  const known = rules.find(({ names }) => names.test(name))
  if (known) return known
  const status = $metadata?.httpStatusCode
  return status === undefined || status >= 500
    ? { code: 'Unreachable', retryable: true }
    : { code: 'OperationFailed', retryable: true }
}

/** `inputPath` and `value` when the call was about a field of the spec: only then AWS may have refused what it holds. */
export function awsFault(
  service: AwsService,
  error: unknown,
  about: Pick<Fault, 'inputPath' | 'value'> & { region?: string } = {},
): Fault {
  const { region, ...field } = about
  const sdkError = toSdkError(error)
  const rule = ruleFor(sdkError, region)
  const { requestId } = sdkError.$metadata ?? {}
  const { inputPath, action } = rule
  const refused = rule.code === 'OperationFailed' && field.inputPath !== undefined
  const path = inputPath && `${inputPath}: `
  return {
    ...(inputPath && { inputPath }),
    ...field,
    ...(requestId && { requestId }),
    ...(refused
      ? { code: 'InvalidInput', retryable: false }
      : { code: rule.code, retryable: rule.retryable }),
    message: `${path ?? ''}${sayings[rule.code] ?? service}: ${sdkError.message}`,
    ...(action && { action }),
  }
}

/** The name by which AWS calls an error. */
export const errorName = (error: unknown): string => toSdkError(error).name

/** Whether the error says that the thing is not there: every service has a word of its own for it. */
export const saysNotFound = (error: unknown): boolean =>
  /NotFound|NoSuchEntity|^InvalidAllocationID|Malformed$/.test(errorName(error))

/** Undefined when the thing is not there. */
export async function ifFound<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (saysNotFound(error)) return undefined
    throw error
  }
}

const toSdkError = (error: unknown): SdkError =>
  error instanceof Error ? error : new Error(String(error))
