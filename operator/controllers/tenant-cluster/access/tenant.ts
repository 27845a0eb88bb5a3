// What a look at a TenantCluster has at hand, and the credentials that the spec names.
import type { TenantClusterSpec } from '../../../api/tenant/tenant-cluster.ts'
import type { TenantClusterStatus } from '../../../api/tenant/tenant-cluster-status.ts'
import { credentialsRefOf } from '../../../api/tenant/provider.ts'
import { core, secretText, type Context } from '../../../framework/index.ts'

export type TenantContext = Context<TenantClusterSpec, TenantClusterStatus>

/** The credentials Secret and its decoded data, undefined when there is none. Secrets are read by name: the manager may not list them. */
export async function credentialsOf(c: TenantContext) {
  const { secret: name } = credentialsRefOf(c.obj.spec)
  const secret = await c.kube.get(core.secret, name, c.obj.metadata.namespace, { signal: c.signal })
  return secret && { secret, data: secretText(secret) }
}
