// The one member of spec.provider: its name is that of the provider, and what every provider's part has in common stands here.
import { InvalidSpec } from '../faults/fault.ts'
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
