// The node pools: for each a launch template and an EKS managed node group.
// @pulumi/eks has node groups too, but theirs know no updateConfig and no node repair.
import { LaunchTemplate } from '@pulumi/aws/ec2/launchTemplate.js'
import { NodeGroup } from '@pulumi/aws/eks/nodeGroup.js'
import {
  all,
  ComponentResource,
  interpolate,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from '@pulumi/pulumi'
import { nodeGroupName } from '../../operator/api/aws/names.ts'
import type { ControlPlane } from './control-plane.ts'
import type { ServiceRole } from './iam.ts'
import { suffixOf, type Identity } from './identity.ts'
import { volumesOf, type PoolOnAws } from './machine-images.ts'
import { kubeletFlags, nodeadmUserData } from './user-data.ts'

export type NodePoolArgs = {
  identity: Identity
  pool: PoolOnAws
  /** What EKS calls the machine image; undefined for one of the user's own. */
  amiType: string | undefined
  version: string
  controlPlane: ControlPlane
  role: ServiceRole
  subnetIds: Input<string>[]
  /** What a node needs to join and to leave: routes out, endpoints, pod network. */
  needs: Resource[]
}

const taintEffects = {
  NoSchedule: 'NO_SCHEDULE',
  PreferNoSchedule: 'PREFER_NO_SCHEDULE',
  NoExecute: 'NO_EXECUTE',
} as const

export class NodePoolResource extends ComponentResource {
  readonly nodeGroup: NodeGroup

  constructor(args: NodePoolArgs, opts?: ComponentResourceOptions) {
    const { identity, pool, amiType, controlPlane } = args
    super('cratekube:aws:NodePool', pool.name, {}, opts)
    // What EKS cannot change in a node group is part of its name: the new one is up before the old one goes.
    const suffix = suffixOf([pool.aws.instanceTypes, pool.aws.capacity, amiType ?? 'custom'])
    const groupName = nodeGroupName(pool.name, suffix)
    const template = launchTemplate(args, groupName, this)
    this.nodeGroup = new NodeGroup(
      pool.name,
      {
        clusterName: controlPlane.clusterName,
        nodeGroupName: groupName,
        nodeRoleArn: args.role.role.arn,
        subnetIds: args.subnetIds,
        scalingConfig: { minSize: pool.min, desiredSize: pool.desired, maxSize: pool.max },
        instanceTypes: pool.aws.instanceTypes,
        capacityType: pool.aws.capacity === 'Spot' ? 'SPOT' : 'ON_DEMAND',
        // With a launch template nodes follow an upgrade only when told so; an own image carries its version with it.
        ...(amiType && { amiType, version: args.version }),
        launchTemplate: { id: template.id, version: interpolate`${template.latestVersion}` },
        labels: pool.labels,
        taints: pool.taints.map(({ key, value, effect }) => ({
          key,
          value,
          effect: taintEffects[effect],
        })),
        updateConfig: { maxUnavailablePercentage: 33 },
        nodeRepairConfig: { enabled: true },
        tags: identity.tags(`pool-${pool.name}`),
      },
      { parent: this, dependsOn: [...args.role.attachments, ...args.needs] },
    )
    this.registerOutputs({ nodeGroupName: this.nodeGroup.nodeGroupName })
  }
}

function launchTemplate(args: NodePoolArgs, groupName: string, parent: Resource): LaunchTemplate {
  const { identity, pool } = args
  const tags = identity.tags(`pool-${pool.name}-template`)
  const nodeTags = {
    ...identity.tags(`pool-${pool.name}-node`),
    Name: `${identity.prefix}-${pool.name}`,
  }
  return new LaunchTemplate(
    pool.name,
    {
      name: `${identity.prefix}-${groupName}`,
      ...(pool.aws.image.id && { imageId: pool.aws.image.id, userData: userData(args, groupName) }),
      // One hop: containers do not reach the node's credentials.
      metadataOptions: {
        httpEndpoint: 'enabled',
        httpTokens: 'required',
        httpPutResponseHopLimit: 1,
      },
      blockDeviceMappings: volumesOf(pool).map(({ deviceName, sizeGiB }) => ({
        deviceName,
        ebs: {
          volumeType: 'gp3',
          encrypted: 'true',
          deleteOnTermination: 'true',
          ...(sizeGiB && { volumeSize: sizeGiB }),
        },
      })),
      tagSpecifications: ['instance', 'volume', 'network-interface'].map((resourceType) => ({
        resourceType,
        tags: nodeTags,
      })),
      updateDefaultVersion: true,
      tags,
    },
    { parent },
  )
}

function userData({ controlPlane, pool }: NodePoolArgs, groupName: string): Output<string> {
  const flags = kubeletFlags(groupName, pool)
  const { clusterName, endpoint, certificateAuthority } = controlPlane
  return all([clusterName, endpoint, certificateAuthority]).apply(
    ([clusterName, endpoint, certificateAuthority]) =>
      nodeadmUserData({ clusterName, endpoint, certificateAuthority }, flags),
  )
}
