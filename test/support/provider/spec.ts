// The part of the API that is the provider `test`'s, a second one, which the product knows nothing of: what of CrateKube works
// with it works by the contract alone.
import { z } from 'zod'
import { providerMembers } from '../../../operator/api/providers.ts'
import { inputSchemaOf } from '../../../operator/api/tenant/stack.ts'
import {
  specSchemaOf,
  type TenantClusterSpec,
} from '../../../operator/api/tenant/tenant-cluster.ts'

const testSchema = z.object({
  place: z.string().max(63),
  credentialsRef: z.object({ name: z.string().max(253) }),
})

/** Members of spec.provider with it. */
export const members = { ...providerMembers, test: testSchema.optional() }
const specSchema = specSchemaOf(members)
export const inputSchema = inputSchemaOf(specSchema)

export const placeOf = ({ provider }: Pick<TenantClusterSpec, 'provider'>): string =>
  (provider as z.infer<typeof specSchema>['provider']).test?.place ?? 'nowhere' // parsed with it

export const secretField = 'spec.provider.test.credentialsRef.name'
