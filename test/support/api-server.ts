// An API server with the generated CRD and admission policy on it, for integration tests.
import type { z } from 'zod'
import { customResourceDefinition } from '../../operator/api/schema/crd.ts'
import type { Manifest } from '../../operator/framework/index.ts'
import { tenantClusterDefinitionOf } from '../../operator/api/tenant/tenant-cluster-crd.ts'
import { defineTenantClusters } from '../sandbox/manifests.ts'
import { startTestPlane, type TestPlane } from './test-plane.ts'

type Options = {
  dir?: string
  controllerManager?: boolean
  /** Members of spec.provider, where they are others than the product's. */
  members?: z.ZodRawShape | undefined
}

/** `dir` keeps its files and is the caller's to remove; without it there is one that goes with the server. */
export const startTestApi = ({
  dir,
  controllerManager = false,
  members,
}: Options = {}): Promise<TestPlane> =>
  startTestPlane({
    controllerManager,
    ...(dir !== undefined && { dir }),
    prepare: (kube) =>
      defineTenantClusters(
        kube,
        // A whole object by construction.
        members && (customResourceDefinition(tenantClusterDefinitionOf(members)) as Manifest),
      ),
  })
