// A second provider, `test`, which the product knows nothing of: what of CrateKube works with it works by the contract alone.
// Its clusters are whatever the test says that they are; its nodes bear the name of their pool.
import { z } from 'zod'
import { inputSchemaOf } from '../../../operator/api/tenant/stack.ts'
import {
  specSchemaOf,
  type TenantClusterSpec,
} from '../../../operator/api/tenant/tenant-cluster.ts'
import { providerMembers } from '../../../operator/api/providers.ts'
import type { ClusterAccess, ManagerFace, WorkerFace } from '../../../operator/provider/contract.ts'

const testSchema = z.object({
  place: z.string().max(63),
  credentialsRef: z.object({ name: z.string().max(253) }),
})

/** Members of spec.provider with it. */
export const members = { ...providerMembers, test: testSchema.optional() }
const specSchema = specSchemaOf(members)
export const inputSchema = inputSchemaOf(specSchema)

/** spec.provider of a TenantCluster on it. */
export const testProvider = { test: { place: 'here', credentialsRef: { name: 'aws' } } }

const partOf = ({ provider }: Pick<TenantClusterSpec, 'provider'>) =>
  (provider as z.infer<typeof specSchema>['provider']).test // parsed with it

const access: ClusterAccess = {
  credentialsFault: () => undefined,
  expectedEndpoint: (_spec, endpoint) =>
    endpoint.startsWith('https://') ? undefined : 'an https URL',
  mintToken: async (_spec, { clusterName, now }) => ({
    token: `${clusterName} ${now.toISOString()}`,
    expiresAt: new Date(now.getTime() + 840_000),
  }),
}
const words = {
  title: 'Test',
  placeOf: (spec: TenantClusterSpec) => partOf(spec)?.place ?? 'nowhere',
}

export const testManager: ManagerFace = {
  ...access,
  ...words,
  poolLabel: 'test.example/pool',
  poolOf: (value) => value,
  clusterCalled: (name) => `test cluster ${name}`,
}

export const testWorker: WorkerFace = {
  ...access,
  ...words,
  accountFault: async () => undefined,
  preflight: async () => undefined,
  environment: (tenant) => ({ TEST_PLACE: words.placeOf(tenant.spec) }),
  outputsOf: (_tenant, recorded) => recorded,
  stepOf: (type) => (type === 'test:index:Network' ? 'Network' : undefined),
  unprotect: async () => undefined,
  removeStrays: async () => undefined,
  madeFor: async () => ({ account: 'test', owner: undefined }),
  look: async () => [],
  sweep: async () => [],
}
