// What `pulumi preview -s <stack>` by hand, in this repository, runs: the stack's config says who the tenant is, and
// its name which of the two programs it is.
import { Config, getStack } from '@pulumi/pulumi'
import { tenantInputSchema } from '../operator/api/tenant/stack.ts'
import { programs } from './index.ts'

export default async (): Promise<Record<string, unknown>> => {
  const tenant = tenantInputSchema.parse(new Config('cratekube').requireObject('tenant'))
  return await (getStack().endsWith('.addons') ? programs.addons(tenant) : programs.cloud(tenant))
}
