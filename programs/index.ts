// The two programs of a tenant cluster, as the engine's runner and `pulumi` by hand run them.
import type { TenantInput } from '../operator/api/tenant/stack.ts'
import { addons } from './addons/index.ts'
import { cloud } from './aws/index.ts'

export type Program = (tenant: TenantInput) => Promise<Record<string, unknown>>

export const programs: { cloud: Program; addons: Program } = { cloud, addons }
