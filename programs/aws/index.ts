// The cloud stack of a tenant: network, EKS control plane, node pools and storage.
// The order of things follows from what is passed on; where only deletion needs an order, `dependsOn` declares it.
import { Provider } from '@pulumi/aws/provider.js'
import { accountOf, fileSystemServer, iamPath } from '../../operator/api/aws/names.ts'
import { wantsFileSystem, type TenantInput } from '../../operator/api/tenant/stack.ts'
import { onAws } from '../../operator/api/aws/aws-node-pool.ts'
import { awsOf } from '../../operator/api/aws/aws-of.ts'
import { ControlPlane } from './control-plane.ts'
import { clusterDns, NodeAddons } from './eks-addons.ts'
import { Endpoints } from './endpoints.ts'
import { rolesOf } from './iam.ts'
import { identityOf } from './identity.ts'
import { controlPlaneLogs } from './logs.ts'
import { amiTypeOf } from './machine-images.ts'
import { Network } from './network.ts'
import { NodePoolResource } from './node-pools.ts'
import { privateAccess } from './private-access.ts'
import { Storage } from './storage.ts'
import { doorsIn, zonesOf } from './zones.ts'

/** Outputs are CloudOutputs of operator/api/tenant/stack.ts, and the kubeconfig as a secret. */
export async function cloud(tenant: TenantInput): Promise<Record<string, unknown>> {
  const { spec } = tenant
  const { region, vpc, endpointAccess } = awsOf(spec)
  const identity = identityOf(tenant)
  const version = spec.kubernetesVersion
  // First of all, for it finds mistakes.
  const pools = spec.nodePools.map(onAws).map((pool, i) => ({
    pool,
    amiType: amiTypeOf(pool, `spec.nodePools[${i}]`),
  }))
  // Its credentials come from the environment and never get into the state.
  const provider = new Provider('aws', { region })
  const opts = { provider }

  const zones = await zonesOf(tenant, provider)
  const { cidr, natGateways } = vpc
  const doors = natGateways === 'None' ? await doorsIn(zones, region, provider) : []
  const network = new Network({ identity, cidr, zones, natGateways }, opts)
  const endpoints = new Endpoints({ identity, region, cidr, network, doors }, opts)
  const roles = rolesOf(identity, iamPath(tenant), opts)
  const controlPlane = new ControlPlane(
    {
      identity,
      region,
      version,
      endpointAccess,
      deletionProtection: spec.deletionProtection,
      network,
      role: roles.controlPlane,
      logs: controlPlaneLogs(identity, opts),
      provider,
    },
    opts,
  )
  privateAccess({ identity, controlPlane, cidrs: endpointAccess.privateCidrs }, opts)
  const { podNetwork } = roles
  const nodeAddons = new NodeAddons({ identity, version, controlPlane, podNetwork }, opts)
  const needs = [...network.egress, ...endpoints.egress, ...nodeAddons.addons]
  const shared = {
    identity,
    version,
    controlPlane,
    role: roles.nodes,
    subnetIds: network.privateSubnetIds,
    needs,
  }
  const nodes = pools.map((pool) => new NodePoolResource({ ...shared, ...pool }, opts).nodeGroup)
  clusterDns({ identity, version, controlPlane, pools: spec.nodePools, nodes }, opts)
  const nodeSecurityGroupId = controlPlane.securityGroupId
  const storage = wantsFileSystem(spec)
    ? new Storage({ identity, network, nodeSecurityGroupId }, opts)
    : undefined

  return outputsOf({ controlPlane, network, storage, region })
}

function outputsOf({ controlPlane, network, storage, region }: Made): Record<string, unknown> {
  const { clusterName, endpoint, certificateAuthority, kubeconfig, arn } = controlPlane
  const facts = {
    clusterArn: arn,
    clusterSecurityGroupId: controlPlane.securityGroupId,
    vpcId: network.vpcId,
    ...(storage && { fileSystemId: storage.fileSystemId }),
  }
  const server = storage?.fileSystemId.apply((id) => fileSystemServer(id, region))
  return {
    clusterName,
    endpoint,
    certificateAuthority,
    account: arn.apply(accountOf),
    facts,
    ...(server && { sharedStorage: { server } }),
    kubeconfig,
  }
}

type Made = {
  controlPlane: ControlPlane
  network: Network
  storage: Storage | undefined
  region: string
}
