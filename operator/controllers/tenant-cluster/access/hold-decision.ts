// When the Secret of a TenantCluster's credentials is kept from going by the finalizer on it, and when it is let go. Pure:
// holds.ts does what it says.
import { credentialsRefOf } from '../../../api/tenant/provider.ts'
import type { OperationOutcome } from '../../../api/tenant/tenant-lease.ts'
import type { Fault } from '../../../api/faults/fault.ts'
import type { TenantObject } from '../../../jobs/queue/tenant-kind.ts'

export type SecretSeen = {
  /** It bears the finalizer. */
  held: boolean
  /** Somebody has deleted it. */
  terminating: boolean
  /** Its namespace is being deleted, and the TenantCluster with it. */
  namespaceTerminating: boolean
  /** A TenantCluster that needs it is being deleted. */
  neededToDelete: boolean
}

/** What becomes of a Secret that a TenantCluster is about to use. One that is gone by itself can be given no finalizer. */
export function decideHold(seen: SecretSeen): 'hold' | 'let go' | 'leave' {
  if (!seen.terminating) return seen.held ? 'leave' : 'hold'
  const serves = seen.namespaceTerminating || seen.neededToDelete
  return seen.held && !serves ? 'let go' : 'leave'
}

const secretOf = ({ spec }: TenantObject) => credentialsRefOf(spec).secret

/** Every Secret that it may hold. */
export const secretsOf = (tenant: TenantObject): string[] => [
  ...new Set([secretOf(tenant), ...(tenant.status?.heldSecrets ?? [])]),
]

export type Others = {
  tenants: readonly TenantObject[]
  /** Uids of those that may go: they need nothing any more. */
  released: ReadonlySet<string>
}

/** Those of the namespace that need the Secret. */
export const whoNeeds = (
  name: string,
  namespace: string | undefined,
  { tenants, released }: Others,
): TenantObject[] =>
  tenants.filter(
    (tenant) =>
      tenant.metadata.namespace === namespace &&
      !released.has(tenant.metadata.uid) &&
      secretsOf(tenant).includes(name),
  )

/** Secrets that an operation has shown not to be needed: it came past its credentials with the one that the spec names now. */
export function outgrown(tenant: TenantObject, { generation, fault }: OperationOutcome): string[] {
  const present = secretOf(tenant)
  const held = tenant.status?.heldSecrets ?? []
  const proven = !fault || !waitsForCredentials(fault)
  if (!proven || generation !== tenant.metadata.generation || !held.includes(present)) return []
  return held.filter((name) => name !== present)
}

/** It ends when the Secret has other credentials, or these are made to work. */
export const waitsForCredentials = ({ code }: Fault): boolean =>
  /Credentials|AccountMismatch/.test(code)
