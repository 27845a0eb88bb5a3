// A TenantCluster as the programs get it, with every default of the schema filled in.
import { tenantInputSchema, type TenantInput } from '../../operator/api/tenant/stack.ts'

type Json = Record<string, unknown>

/** `aws` is merged into spec.provider.aws, the rest into spec. */
export function tenantInput({ aws, ...spec }: Json & { aws?: Json } = {}): TenantInput {
  return tenantInputSchema.parse({
    namespace: 'team-payments',
    name: 'payments',
    uid: '0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9',
    spec: {
      kubernetesVersion: '1.36',
      provider: { aws: { region: 'eu-west-1', credentialsRef: { name: 'aws' }, ...aws } },
      nodePools: [{ name: 'default' }],
      ...spec,
    },
  })
}
