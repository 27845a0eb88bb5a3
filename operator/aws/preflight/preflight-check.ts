// What every check of preflight works with: the tenant, its AWS, and how a mistake is told.
import { InvalidSpec, type Fault } from '../../api/faults/fault.ts'
import type { TenantInput } from '../../api/tenant/stack.ts'
import type { Aws } from '../access/clients.ts'

export type Check = {
  tenant: TenantInput
  aws: Aws
  /** Its cluster stands already. */
  isMade: boolean
  signal: AbortSignal | undefined
}

export const invalid = (field: string, expected: string, got: unknown): Fault =>
  new InvalidSpec({ field, expected, got }).fault

/** Of a call to the AWS SDK. */
export const options = ({ signal }: Check) => (signal ? { abortSignal: signal } : {})
