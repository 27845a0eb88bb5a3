// The part of a spec that is AWS's.
import { InvalidSpec } from '../faults/fault.ts'
import type { AwsSpec } from './aws-provider.ts'

/** Of a spec whose provider is AWS; another's never comes here. */
export function awsOf({ provider }: { provider: { aws?: AwsSpec | undefined } }): AwsSpec {
  if (provider.aws) return provider.aws
  throw new InvalidSpec({ field: 'spec.provider', expected: 'aws', got: Object.keys(provider) })
}
