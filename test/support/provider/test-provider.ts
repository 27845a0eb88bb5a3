// A second provider, `test`, which the product knows nothing of: what of CrateKube works with it works by the contract alone.
// Its clusters are whatever the test says that they are; its nodes bear the name of their pool.
import type { Fault } from '../../../operator/api/faults/fault.ts'
import type { TenantClusterSpec } from '../../../operator/api/tenant/tenant-cluster.ts'
import type { ManagerFace } from '../../../operator/provider/contract.ts'

/** spec.provider of a TenantCluster on it. */
export const testProvider = { test: { place: 'here', credentialsRef: { name: 'aws' } } }

const field = 'spec.provider.test.credentialsRef.name'
const partOf = ({ provider }: Pick<TenantClusterSpec, 'provider'>) =>
  (provider as Partial<typeof testProvider>).test // beside the members that the product knows

const missing: Fault = {
  code: 'CredentialsMissing',
  inputPath: field,
  message: `${field}: expected a Secret, found none`,
  retryable: true,
}

export const testManager: ManagerFace = {
  title: 'Test',
  poolLabel: 'test.example/pool',
  poolOf: (value) => value,
  placeOf: (spec) => partOf(spec)?.place ?? 'nowhere',
  clusterCalled: (name) => `test cluster ${name}`,
  credentialsFault: (_spec, data) => (data === undefined ? missing : undefined),
  expectedEndpoint: (_spec, endpoint) =>
    endpoint.startsWith('https://') ? undefined : 'an https URL',
  mintToken: async (_spec, { clusterName, now }) => ({
    token: `${clusterName} ${now.toISOString()}`,
    expiresAt: new Date(now.getTime() + 840_000),
  }),
}
