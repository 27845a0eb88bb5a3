// The cloud program of the provider `test`: a network, a cluster, its pools, and a share when a map asks for it.
import { CustomResource, type Inputs, type Output } from '@pulumi/pulumi'
import { physicalName, wantsFileSystem } from '../../../operator/api/tenant/stack.ts'
import type { Program } from '../../../programs/index.ts'
import { placeOf } from './spec.ts'

class Thing extends CustomResource {
  declare readonly name: Output<string>
  declare readonly account: Output<string>
  declare readonly endpoint: Output<string>
  declare readonly certificateAuthority: Output<string>
  declare readonly server: Output<string>

  constructor(type: string, name: string, inputs: Inputs) {
    const outputs = { account: undefined, endpoint: undefined, certificateAuthority: undefined, server: undefined } // prettier-ignore
    super(`test:index:${type}`, name, { ...outputs, ...inputs })
  }
}

export const cloud: Program = async (tenant) => {
  const { namespace, name: of, uid, spec } = tenant
  const name = physicalName(tenant)
  const common = { uid, owner: `${namespace}/${of}`, place: placeOf(spec) }
  const network = new Thing('Network', 'network', { ...common, name })
  const within = { ...common, network: network.name }
  const version = spec.kubernetesVersion
  const cluster = new Thing('Cluster', 'cluster', { ...within, name, version })
  for (const { name: pool, desired, labels, taints } of spec.nodePools)
    new Thing('NodePool', pool, {
      ...common,
      name: `${name}-${pool}`,
      cluster: cluster.name,
      pool,
      desired,
      labels,
      taints,
      version,
    })
  const share = wantsFileSystem(spec) ? new Thing('Share', 'share', { ...within, name }) : undefined
  return {
    clusterName: cluster.name,
    endpoint: cluster.endpoint,
    certificateAuthority: cluster.certificateAuthority,
    account: cluster.account,
    facts: { network: network.name },
    ...(share && { sharedStorage: { server: share.server } }),
  }
}
