// What tells a node with an image of the user's own how to join: EKS adds nothing to the user data of such nodes.
import { serviceCidr } from '../../operator/api/stack.ts'
import type { NodePool } from '../../operator/api/tenant-cluster.ts'

export type Join = {
  clusterName: string
  endpoint: string
  certificateAuthority: string
  nodeGroupName: string
}

const boundary = 'cratekube'

/** User data for AL2023's nodeadm, base64 as a launch template takes it. JSON is YAML. */
export function nodeadmUserData(join: Join, pool: NodePool): string {
  const nodeConfig = {
    apiVersion: 'node.eks.aws/v1alpha1',
    kind: 'NodeConfig',
    spec: {
      cluster: {
        name: join.clusterName,
        apiServerEndpoint: join.endpoint,
        certificateAuthority: join.certificateAuthority,
        cidr: serviceCidr,
      },
      kubelet: { flags: kubeletFlags(join, pool) },
    },
  }
  const mime = [
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: application/node.eks.aws',
    '',
    JSON.stringify(nodeConfig),
    `--${boundary}--`,
    '',
  ]
  return Buffer.from(mime.join('\r\n')).toString('base64')
}

/**
 * EKS sets labels and taints only on nodes whose user data is its own, and so it is with the labels it gives by itself.
 * NodesReady counts the nodes of a pool by the first of them.
 */
function kubeletFlags({ nodeGroupName }: Join, pool: NodePool): string[] {
  const labels = {
    'eks.amazonaws.com/nodegroup': nodeGroupName,
    'eks.amazonaws.com/nodegroup-image': pool.image.id,
    'eks.amazonaws.com/capacityType': pool.capacity === 'Spot' ? 'SPOT' : 'ON_DEMAND',
    ...pool.labels,
  }
  const taints = pool.taints.map(({ key, value, effect }) => `${key}=${value}:${effect}`)
  return [
    `--node-labels=${Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(',')}`,
    ...(taints.length > 0 ? [`--register-with-taints=${taints.join(',')}`] : []),
  ]
}
