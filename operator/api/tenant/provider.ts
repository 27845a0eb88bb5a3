// The one member of spec.provider: its name is that of the provider, and what every provider's part has in common stands here.
import { InvalidSpec, type Fault } from '../faults/fault.ts'
import type { TenantClusterSpec } from './tenant-cluster.ts'

/** What the part of every provider has, whatever else is in it. */
export type ProviderPart = { readonly credentialsRef: { readonly name: string } }

export function providerOf({ provider }: Pick<TenantClusterSpec, 'provider'>): {
  name: string
  part: ProviderPart
} {
  const members = Object.entries(provider).flatMap(([name, part]) => (part ? [{ name, part }] : []))
  const [member] = members
  if (member === undefined || members.length > 1) {
    const got = members.length === 0 ? 'none' : members.map(({ name }) => name).join(' and ')
    throw new InvalidSpec({ field: 'spec.provider', expected: 'exactly one member', got })
  }
  return member
}

/** The Secret in the namespace of the TenantCluster that has its credentials, and the field that names it. */
export function credentialsRefOf(spec: Pick<TenantClusterSpec, 'provider'>): {
  secret: string
  field: string
} {
  const { name, part } = providerOf(spec)
  return { secret: part.credentialsRef.name, field: `spec.provider.${name}.credentialsRef.name` }
}

/** The Secret is not there, or lacks keys. Retryable: one that appears later is used without anybody’s help. */
export function credentialsMissing(
  spec: Pick<TenantClusterSpec, 'provider'>,
  lacks: readonly string[] = [],
): Fault {
  const { secret, field } = credentialsRefOf(spec)
  const what =
    lacks.length > 0
      ? `expected the key ${lacks.join(' and ')} in Secret ${secret}`
      : `expected a Secret ${secret} in the namespace, found none`
  return {
    code: 'CredentialsMissing',
    inputPath: field,
    value: secret,
    message: `${field}: ${what}`,
    retryable: true,
  }
}
