// Which file holds a resource type of the aws provider. A file, and with it the SDK client of its service, loads on the
// first use of one of its types.
import type { AwsType } from './type.ts'

type Load = () => Promise<{ types: Record<string, AwsType> }>

const network: Load = () => import('./ec2/network.ts')
const nat: Load = () => import('./ec2/nat.ts')
const routing: Load = () => import('./ec2/routing.ts')
const endpoints: Load = () => import('./ec2/endpoints.ts')
const security: Load = () => import('./ec2/security.ts')
const rules: Load = () => import('./ec2/security-rules.ts')
const template: Load = () => import('./ec2/launch-template.ts')
const role: Load = () => import('./iam/role.ts')
const policy: Load = () => import('./iam/policy.ts')
const cluster: Load = () => import('./eks/cluster.ts')
const nodeGroup: Load = () => import('./eks/node-group.ts')
const addon: Load = () => import('./eks/addon.ts')
const access: Load = () => import('./eks/access.ts')
const podIdentity: Load = () => import('./eks/pod-identity.ts')
const fileSystem: Load = () => import('./efs/file-system.ts')
const fileSystemAccess: Load = () => import('./efs/access.ts')
const kms: Load = () => import('./kms.ts')
const logs: Load = () => import('./logs.ts')

const files: Record<string, Load> = {
  'aws:ec2/vpc:Vpc': network,
  'aws:ec2/subnet:Subnet': network,
  'aws:ec2/internetGateway:InternetGateway': network,
  'aws:ec2/eip:Eip': nat,
  'aws:ec2/natGateway:NatGateway': nat,
  'aws:ec2/routeTable:RouteTable': routing,
  'aws:ec2/route:Route': routing,
  'aws:ec2/routeTableAssociation:RouteTableAssociation': routing,
  'aws:ec2/vpcEndpoint:VpcEndpoint': endpoints,
  'aws:ec2/flowLog:FlowLog': endpoints,
  'aws:ec2/securityGroup:SecurityGroup': security,
  'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup': security,
  'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule': rules,
  'aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule': rules,
  'aws:ec2/launchTemplate:LaunchTemplate': template,
  'aws:iam/role:Role': role,
  'aws:iam/rolePolicy:RolePolicy': policy,
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment': policy,
  'aws:iam/policy:Policy': policy,
  'aws:eks/cluster:Cluster': cluster,
  'aws:eks/nodeGroup:NodeGroup': nodeGroup,
  'aws:eks/addon:Addon': addon,
  'aws:eks/accessEntry:AccessEntry': access,
  'aws:eks/accessPolicyAssociation:AccessPolicyAssociation': access,
  'aws:eks/podIdentityAssociation:PodIdentityAssociation': podIdentity,
  'aws:efs/fileSystem:FileSystem': fileSystem,
  'aws:efs/mountTarget:MountTarget': fileSystem,
  'aws:efs/accessPoint:AccessPoint': fileSystemAccess,
  'aws:efs/fileSystemPolicy:FileSystemPolicy': fileSystemAccess,
  'aws:efs/backupPolicy:BackupPolicy': fileSystemAccess,
  'aws:kms/key:Key': kms,
  'aws:kms/alias:Alias': kms,
  'aws:cloudwatch/logGroup:LogGroup': logs,
}

export const typeTokens: readonly string[] = Object.keys(files)

/** Loads every type, and the SDK's client of every service. */
export const loadTypes = () => Promise.all([...new Set(Object.values(files))].map((load) => load()))

export async function typeOf(token: string): Promise<AwsType> {
  const load = files[token]
  if (!load) throw new Error(`the aws provider double does not know the resource type ${token}`)
  const found = (await load()).types[token]
  if (!found) throw new Error(`${token} is registered, but its file does not define it`)
  return found
}
