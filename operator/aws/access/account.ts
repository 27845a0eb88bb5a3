// Whose account the credentials are of, and what is said when a tenant's cluster is in another one. Asked before an
// operation touches anything: what is in the account of the cluster cannot be seen from here, and would be taken for gone.
import { awsOf } from '../../api/aws/aws-of.ts'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import type { Fault } from '../../api/faults/fault.ts'
import type { TenantInput } from '../../api/tenant/stack.ts'
import type { Aws } from './clients.ts'

/** Needs no permission, in no account. */
export async function callerAccount({ sts }: Pick<Aws, 'sts'>, signal?: AbortSignal) {
  const { Account = '' } = await sts.send(
    new GetCallerIdentityCommand({}),
    signal ? { abortSignal: signal } : {},
  )
  return Account
}

/** Undefined when both are one. */
export function otherAccount(
  { name, spec }: Pick<TenantInput, 'name' | 'spec'>,
  { remembered, given }: { remembered: string; given: string },
): Fault | undefined {
  if (remembered === given) return undefined
  const secret = awsOf(spec).credentialsRef.name
  return {
    code: 'AccountMismatch',
    inputPath: 'spec.provider.aws.credentialsRef.name',
    value: secret,
    message: `the credentials in Secret ${secret} are of AWS account ${given}; what was made for ${name} is in account ${remembered}`,
    action: `Put credentials of account ${remembered} into the Secret ${secret}; work goes on by itself.`,
    retryable: false,
  }
}
