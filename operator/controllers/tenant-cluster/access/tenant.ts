// A TenantCluster as a look at it has it at hand, and the credentials that its spec names.
import type { TenantClusterSpec } from '../../../api/tenant/tenant-cluster.ts'
import type { TenantClusterStatus } from '../../../api/tenant/tenant-cluster-status.ts'
import { credentialsRefOf } from '../../../api/tenant/provider.ts'
import { core, secretText, type Context } from '../../../framework/index.ts'

export type Tenant = Context<TenantClusterSpec, TenantClusterStatus>

/** The credentials Secret and its decoded data, undefined when there is none. Secrets are read by name: the manager may not list them. */
export async function credentialsOf(c: Tenant) {
  const { secret: name } = credentialsRefOf(c.obj.spec)
  const secret = await c.kube.get(core.secret, name, c.obj.metadata.namespace, { signal: c.signal })
  return { name, data: secret && secretText(secret), secret }
}
