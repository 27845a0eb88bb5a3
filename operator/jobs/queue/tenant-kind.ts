// TenantCluster as a kind of the API server, for manager and worker: the schema in operator/api knows none.
import { tenantCluster, type TenantClusterSpec } from '../../api/tenant/tenant-cluster.ts'
import type { TenantClusterStatus } from '../../api/tenant/tenant-cluster-status.ts'
import type { Kind, KubeObject } from '../../framework/index.ts'

export const tenantKind: Kind<TenantClusterSpec, TenantClusterStatus> = tenantCluster

export type TenantObject = KubeObject<TenantClusterSpec, TenantClusterStatus>
