// The EFS file system behind AutoFS maps whose source is EFS, with a mount target in every zone that only the
// cluster's own nodes reach.
import { SecurityGroup } from '@pulumi/aws/ec2/securityGroup.js'
import { BackupPolicy } from '@pulumi/aws/efs/backupPolicy.js'
import { FileSystem } from '@pulumi/aws/efs/fileSystem.js'
import { FileSystemPolicy } from '@pulumi/aws/efs/fileSystemPolicy.js'
import { MountTarget } from '@pulumi/aws/efs/mountTarget.js'
import { SecurityGroupIngressRule } from '@pulumi/aws/vpc/securityGroupIngressRule.js'
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi'
import type { Identity } from './identity.ts'
import type { Network } from './network.ts'

export type StorageArgs = {
  identity: Identity
  network: Network
  /** The group that all nodes are in. */
  nodeSecurityGroupId: Output<string>
}

const nfsPort = 2049

export class Storage extends ComponentResource {
  readonly fileSystemId: Output<string>

  constructor(args: StorageArgs, opts?: ComponentResourceOptions) {
    super('cratekube:aws:Storage', 'storage', {}, opts)
    const { identity, network } = args
    const fileSystem = new FileSystem(
      'file-system',
      {
        creationToken: `${identity.prefix}-file-system`,
        encrypted: true,
        performanceMode: 'generalPurpose',
        throughputMode: 'elastic',
        tags: identity.tags('file-system'),
      },
      { parent: this },
    )
    this.fileSystemId = fileSystem.id
    this.#policies(fileSystem)
    const groups = [this.#nfsFromNodes(args).id]
    for (const [i, subnetId] of network.privateSubnetIds.entries()) {
      const target = { fileSystemId: fileSystem.id, subnetId, securityGroups: groups }
      new MountTarget(`mount-target-${i}`, target, { parent: this })
    }
    this.registerOutputs({ fileSystemId: this.fileSystemId })
  }

  /** They end with the file system; nothing has to be undone first. */
  #policies(fileSystem: FileSystem): void {
    const opts = { parent: this, deletedWith: fileSystem }
    new BackupPolicy(
      'backup-policy',
      { fileSystemId: fileSystem.id, backupPolicy: { status: 'ENABLED' } },
      opts,
    )
    new FileSystemPolicy(
      'file-system-policy',
      { fileSystemId: fileSystem.id, policy: fileSystem.arn.apply(mountTargetsOnly) },
      opts,
    )
  }

  #nfsFromNodes({ identity, network, nodeSecurityGroupId }: StorageArgs): SecurityGroup {
    const group = new SecurityGroup(
      'file-system',
      {
        name: `${identity.prefix}-file-system`,
        description: 'NFS from the nodes to the file system',
        vpcId: network.vpcId,
        tags: identity.tags('file-system-access'),
      },
      { parent: this },
    )
    new SecurityGroupIngressRule(
      'file-system-nfs',
      {
        securityGroupId: group.id,
        referencedSecurityGroupId: nodeSecurityGroupId,
        ipProtocol: 'tcp',
        fromPort: nfsPort,
        toPort: nfsPort,
        tags: identity.tags('file-system-nfs'),
      },
      { parent: this },
    )
    return group
  }
}

/** Whoever reaches a mount target (its security group says who) may mount, write and be root, as on any filer; nobody else may. */
const mountTargetsOnly = (fileSystemArn: string) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Action: ['ClientMount', 'ClientWrite', 'ClientRootAccess'].map(
          (a) => `elasticfilesystem:${a}`,
        ),
        Resource: fileSystemArn,
        Condition: { Bool: { 'elasticfilesystem:AccessedViaMountTarget': 'true' } },
      },
    ],
  })
