// The add-ons stack of a tenant: what CrateKube installs in the tenant cluster, the same on every cloud.
// It reaches the cluster through the KUBECONFIG file of its environment, so that no token gets into the state.
import { getVersion } from '@pulumi/kubernetes/utilities.js'
import { Config, ProviderResource } from '@pulumi/pulumi'
import type { Addon } from '../../operator/addons/contract.ts'
import { addons, settingsOf } from '../../operator/addons/index.ts'
import type { AddonProgram } from '../../operator/addons/program/install.ts'
import type { FaultRule } from '../../operator/api/faults/fault-rule.ts'
import { cloudOutputsSchema, type TenantInput } from '../../operator/api/tenant/stack.ts'

/** Those of charts first, so that they are rendered while the others are registered. */
const programs = await Promise.all(
  addons
    .toSorted((a, b) => Number(b.chart !== undefined) - Number(a.chart !== undefined))
    .map(async (addon) => ({ addon, program: await programOf(addon) })),
)

/** By its folder: a list of programs beside that of add-ons would be a second one to keep. */
async function programOf({ folder }: Addon): Promise<AddonProgram<Addon['schema']>> {
  const path = `../../operator/addons/${folder}/program/index.ts`
  return (await import(path)) as AddonProgram<Addon['schema']> // a test runs each of them
}

/** What the add-ons know of errors. */
export const addonFaults: readonly FaultRule[] = programs.flatMap(({ program }) => [
  ...(program.faults ?? []),
])

export async function addonsProgram({ spec }: TenantInput): Promise<Record<string, unknown>> {
  const cloud = cloudOutputsSchema.parse(new Config('cratekube').requireObject('cloud'))
  const opts = { provider: new ClusterProvider(cloud.clusterName) }
  for (const { addon, program } of programs) {
    const settings = settingsOf(addon, spec)
    if (settings) program.install({ settings, spec, cloud }, opts)
  }
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
