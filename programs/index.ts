// The two programs of a tenant cluster, as the engine's runner and `pulumi` by hand run them. Which cloud program it is says
// the one member of spec.provider: one line for each provider.
import { InvalidSpec } from '../operator/api/faults/fault.ts'
import { providerOf } from '../operator/api/tenant/provider.ts'
import type { TenantInput } from '../operator/api/tenant/stack.ts'
import { addonsProgram } from './addons/index.ts'
import { cloud as aws } from './aws/index.ts'

export type Program = (tenant: TenantInput) => Promise<Record<string, unknown>>
export type Programs = { cloud: Program; addons: Program }

export const programsWith = (clouds: Readonly<Record<string, Program>>): Programs => ({
  addons: addonsProgram,
  cloud: async (tenant) => {
    const { name } = providerOf(tenant.spec)
    const program = clouds[name]
    if (program) return await program(tenant)
    const expected = `a provider that has a program: ${Object.keys(clouds).join(', ')}`
    throw new InvalidSpec({ field: 'spec.provider', expected, got: name })
  },
})

export const clouds: Readonly<Record<string, Program>> = { aws }

export const programs: Programs = programsWith(clouds)
