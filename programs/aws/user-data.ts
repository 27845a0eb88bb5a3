// What tells a node with an image of the user's own how to join: EKS adds nothing to the user data of such nodes.
import { nodeGroupLabel, serviceCidr } from '../../operator/api/aws/names.ts'
import { InvalidSpec } from '../../operator/api/faults/fault.ts'
import { labelValue, qualifiedName } from '../../operator/api/schema/grammar.ts'
import type { PoolOnAws } from './machine-images.ts'

export type Join = {
  clusterName: string
  endpoint: string
  certificateAuthority: string
}

const boundary = 'cratekube'

/** User data for AL2023's nodeadm, base64 as a launch template takes it. JSON is YAML. */
export function nodeadmUserData(join: Join, flags: string[]): string {
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
      kubelet: { flags },
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
 * nodeadm joins the flags with blanks and systemd splits them again, without quotes: a text of another form would be
 * flags of its own, and so it is looked at here, whatever the API server has let through.
 */
export function kubeletFlags(nodeGroupName: string, pool: PoolOnAws): string[] {
  const labels = {
    [nodeGroupLabel]: nodeGroupName,
    'eks.amazonaws.com/nodegroup-image': pool.aws.image.id,
    'eks.amazonaws.com/capacityType': pool.aws.capacity === 'Spot' ? 'SPOT' : 'ON_DEMAND',
    ...pool.labels,
  }
  for (const [key, value] of Object.entries(labels)) {
    demand({ field: `spec.nodePools[${pool.name}].labels`, key, value })
  }
  for (const { key, value } of pool.taints) {
    demand({ field: `spec.nodePools[${pool.name}].taints`, key, value: value || undefined })
  }
  const taints = pool.taints.map(({ key, value, effect }) => `${key}=${value}:${effect}`)
  return [
    `--node-labels=${Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .join(',')}`,
    ...(taints.length > 0 ? [`--register-with-taints=${taints.join(',')}`] : []),
  ]
}

function demand(o: { field: string; key: string; value: string | undefined }): void {
  const { field, key, value } = o
  if (!new RegExp(qualifiedName).test(key))
    throw new InvalidSpec({ field, expected: 'keys as Kubernetes takes them', got: key })
  if (value !== undefined && !new RegExp(labelValue).test(value))
    throw new InvalidSpec({ field, expected: 'values as Kubernetes takes them', got: value })
}
