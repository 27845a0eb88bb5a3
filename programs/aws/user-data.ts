// What tells a node with an image of the user's own how to join: EKS adds nothing to the user data of such nodes.
import { serviceCidr } from '../../operator/api/stack.ts'
import type { NodePool } from '../../operator/api/tenant-cluster.ts'

export type Join = { clusterName: string; endpoint: string; certificateAuthority: string }

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
      kubelet: { flags: kubeletFlags(pool) },
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

/** EKS sets labels and taints only on nodes whose user data is its own. */
function kubeletFlags(pool: NodePool): string[] {
  const labels = Object.entries(pool.labels).map(([key, value]) => `${key}=${value}`)
  const taints = pool.taints.map(({ key, value, effect }) => `${key}=${value}:${effect}`)
  return [
    ...(labels.length > 0 ? [`--node-labels=${labels.join(',')}`] : []),
    ...(taints.length > 0 ? [`--register-with-taints=${taints.join(',')}`] : []),
  ]
}
