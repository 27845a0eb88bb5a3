// An API server with the generated CRD and admission policy on it, for integration tests.
import { tenantCluster } from '../../operator/api/tenant/tenant-cluster.ts'
import { isNotFound } from '../../operator/framework/index.ts'
import { waitFor } from '../sandbox/machine/wait.ts'
import { applyFile } from '../sandbox/manifests.ts'
import { startTestPlane, type TestPlane } from './test-plane.ts'

type Options = { dir?: string; controllerManager?: boolean }

/** `dir` keeps its files and is the caller's to remove; without it there is one that goes with the server. */
export const startTestApi = ({
  dir,
  controllerManager = false,
}: Options = {}): Promise<TestPlane> =>
  startTestPlane({
    controllerManager,
    ...(dir !== undefined && { dir }),
    async prepare(kube) {
      await applyFile(kube, 'crds/tenantclusters.yaml')
      await applyFile(kube, 'crds/deletion-protection.yaml')
      await applyFile(kube, 'crds/values-limit.yaml')
      await waitFor(() => kube.list(tenantCluster).catch(notServed), {
        what: 'TenantClusters are served',
        timeoutMs: 20_000,
      })
    },
  })

function notServed(error: unknown): undefined {
  if (!isNotFound(error)) throw error
}
