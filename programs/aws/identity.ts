// What everything of one tenant is called and tagged with in AWS.
// Every name is a function of the tenant alone, so that a lost reply is found again by name or by tag.
import { awsOf } from '../../operator/api/aws/aws-of.ts'
import { createHash } from 'node:crypto'
import { ownerTags, resourceNameTag } from '../../operator/api/aws/names.ts'
import { physicalName, type TenantInput } from '../../operator/api/tenant/stack.ts'

export type Tags = Record<string, string>
export type Identity = {
  /** Name of the EKS cluster and prefix of all other physical names. */
  readonly prefix: string
  /** All tags of the resource that the program calls `name`, which is unique within the tenant. */
  tags(name: string): Tags
}

export function identityOf(tenant: TenantInput): Identity {
  const prefix = physicalName(tenant)
  return {
    prefix,
    tags: (name) => ({
      ...awsOf(tenant.spec).tags,
      ...ownerTags(tenant),
      Name: `${prefix}-${name}`,
      [resourceNameTag]: name,
    }),
  }
}

/** Eight hex digits of a resource's immutable inputs: its replacement gets another name and can be made before it goes. */
export const suffixOf = (immutableInputs: unknown): string =>
  createHash('sha256').update(JSON.stringify(immutableInputs)).digest('hex').slice(0, 8)
