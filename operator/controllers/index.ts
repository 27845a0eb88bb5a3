// The controllers of the manager, one for each kind that its chart carries. Only that of TenantCluster has operations (jobs,
// Leases, stacks); every other decides and writes TenantClusters.
import type { KindOf } from '../api/kinds.ts'
import type { Operator } from '../framework/index.ts'
import { tenantClusterController, type TenantControllerOptions } from './tenant-cluster/index.ts'

export type ManagerTools = TenantControllerOptions

/** Registers a kind with the operator; what is returned ends what it holds. */
export type StartController = (operator: Operator, tools: ManagerTools) => Disposable

const controllers: Readonly<Record<KindOf<'cratekube'>, StartController>> = {
  tenantclusters: tenantClusterController,
}

export function startControllers(
  operator: Operator,
  tools: ManagerTools,
  list: Readonly<Record<string, StartController>> = controllers,
): Disposable {
  const started = new DisposableStack()
  for (const start of Object.values(list)) started.use(start(operator, tools))
  return started
}
