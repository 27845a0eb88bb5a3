// A TenantCluster as a user writes it, for tests: the shortest valid one, with changes.
import {
  tenantClusterSpecSchema,
  type TenantClusterSpec,
} from '../../operator/api/tenant/tenant-cluster.ts'
import type { Manifest } from '../../operator/framework/index.ts'

export const minimalSpec = {
  kubernetesVersion: '1.36',
  provider: { aws: { region: 'eu-west-1', credentialsRef: { name: 'aws' } } },
  nodePools: [{ name: 'default' }],
}

/** Sets the value at a path such as `provider.aws.region` or `nodePools.0.min`; undefined removes it. */
export function changed<T extends object>(obj: T, path: string, value: unknown): T {
  const copy = structuredClone(obj)
  const keys = path.split('.')
  const last = keys.pop() ?? ''
  let at = copy as Record<string, unknown> // walked by path, made as needed
  for (const key of keys) at = (at[key] ??= {}) as Record<string, unknown>
  if (value === undefined) delete at[last]
  else at[last] = value
  return copy
}

export const tenantManifest = (name: string, spec: unknown = minimalSpec): Manifest => ({
  apiVersion: 'cratekube.io/v1alpha1',
  kind: 'TenantCluster',
  metadata: { name, namespace: 'default' },
  spec,
})

/** The spec as the API server returns it: with defaults. */
export const specOf = (spec: unknown = minimalSpec): TenantClusterSpec =>
  tenantClusterSpecSchema.parse(spec)
