// The add-ons stack of a tenant: what CrateKube installs in the tenant cluster, the same on every cloud.
// It reaches the cluster through the KUBECONFIG file of its environment, so that no token gets into the state.
import { getVersion } from '@pulumi/kubernetes/utilities.js'
import { Config, ProviderResource } from '@pulumi/pulumi'
import { cloudOutputsSchema, type TenantInput } from '../../operator/api/tenant/stack.ts'
import { Autofs } from './autofs.ts'
import { LoadTesting } from './load-testing.ts'

export async function addons(tenant: TenantInput): Promise<Record<string, unknown>> {
  const { spec } = tenant
  const cloud = cloudOutputsSchema.parse(new Config('cratekube').requireObject('cloud'))
  const opts = { provider: new ClusterProvider(cloud.clusterName) }
  const { autofs, imageRegistry, nodePools } = spec
  const { loadTesting } = spec.addons
  // First, so that its chart is rendered while the others are registered.
  if (loadTesting.enabled) new LoadTesting({ ...loadTesting, imageRegistry, nodePools }, opts)
  if (autofs) new Autofs({ autofs, sharedStorage: cloud.sharedStorage, imageRegistry }, opts)
  return {}
}

/**
 * Not the SDK's Provider, which takes the value of KUBECONFIG for an input: the state would hold the path of a file that
 * only this operation has. The plugin reads the variable by itself.
 */
class ClusterProvider extends ProviderResource {
  constructor(context: string) {
    const settings = {
      // Names the cluster: another cluster is seen as such, a fresh token changes nothing.
      context,
      // A changed map must not take the ConfigMap away from the running daemon.
      enableConfigMapMutable: 'true',
      // What a crashed run made is taken over, and so is a field that somebody edited by hand.
      upsertExistingObjects: 'true',
      enablePatchForce: 'true',
    }
    super('kubernetes', 'cluster', settings, { version: getVersion() })
  }
}
