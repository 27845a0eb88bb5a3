// What AWS cannot change in place is made anew, by default before the old one goes, and both would bear one name. For
// every type of resource of the program stands here how that is avoided; a type without an answer fails.
import { expect, test } from 'vitest'
import type { Recorded } from '../../../support/pulumi-recorder.ts'
import { typeOf } from '../../../sandbox/providers/aws/registry.ts'
import { recordCloud } from '../../../support/aws/recorded-cloud.ts'

type Answer =
  /** The name follows from what cannot be changed; operator/engine/recovery/take-back.ts gives a condemned one back. */
  | 'digest'
  /** The name stays the same, and so the provider deletes the old one first. */
  | 'deleted first'
  /** Nothing of a spec that may change gets into what cannot be changed. */
  | 'never replaced'

const answers: Record<string, Answer> = {
  'aws:cloudwatch/logGroup:LogGroup': 'deleted first',
  'aws:ec2/defaultSecurityGroup:DefaultSecurityGroup': 'never replaced',
  'aws:ec2/eip:Eip': 'never replaced',
  'aws:ec2/internetGateway:InternetGateway': 'never replaced',
  'aws:ec2/launchTemplate:LaunchTemplate': 'digest',
  'aws:ec2/natGateway:NatGateway': 'never replaced',
  'aws:ec2/route:Route': 'never replaced',
  'aws:ec2/routeTable:RouteTable': 'never replaced',
  'aws:ec2/routeTableAssociation:RouteTableAssociation': 'never replaced',
  'aws:ec2/securityGroup:SecurityGroup': 'deleted first',
  'aws:ec2/subnet:Subnet': 'never replaced',
  'aws:ec2/vpc:Vpc': 'never replaced',
  'aws:ec2/vpcEndpoint:VpcEndpoint': 'never replaced',
  'aws:efs/backupPolicy:BackupPolicy': 'never replaced',
  'aws:efs/fileSystem:FileSystem': 'never replaced',
  'aws:efs/fileSystemPolicy:FileSystemPolicy': 'never replaced',
  'aws:efs/mountTarget:MountTarget': 'never replaced',
  'aws:eks/addon:Addon': 'never replaced',
  'aws:eks/nodeGroup:NodeGroup': 'digest',
  'aws:iam/role:Role': 'deleted first',
  'aws:iam/rolePolicyAttachment:RolePolicyAttachment': 'never replaced',
  'aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule': 'never replaced',
  // A component: its cluster has the name that we give it.
  'eks:index:Cluster': 'deleted first',
}

const pool = { name: 'default', aws: { instanceTypes: ['m6i.large'] } }
const autofs = { maps: [{ name: 'home', source: 'EFS' }] }
/** Everything that a user may change, one at a time and against one another. */
const specs: Parameters<typeof recordCloud>[0][] = [
  { nodePools: [pool], autofs },
  { nodePools: [{ ...pool, aws: { instanceTypes: ['m6i.xlarge'] } }] },
  {
    nodePools: [
      { ...pool, aws: { instanceTypes: ['m6i.large', 'm6a.large'] }, desired: 2, max: 9 },
    ],
  },
  {
    nodePools: [{ ...pool, aws: { ...pool.aws, capacity: 'Spot' }, labels: { a: 'b' } }],
    kubernetesVersion: '1.35',
  },
  { nodePools: [{ ...pool, aws: { instanceTypes: ['m7g.large'], diskGiB: 200 } }] },
  {
    nodePools: [{ ...pool, aws: { ...pool.aws, image: { family: 'Bottlerocket' } } }],
    deletionProtection: true,
  },
  {
    nodePools: [{ ...pool, aws: { ...pool.aws, image: { id: 'ami-0123456789abcdef0' } } }],
    autofs,
  },
  {
    nodePools: [{ ...pool, aws: { ...pool.aws, image: { id: 'ami-0fedcba9876543210' } } }],
    autofs,
  },
  { nodePools: [{ ...pool, taints: [{ key: 'a', value: 'b', effect: 'NoSchedule' }] }] },
  { nodePools: [pool], autofs, aws: { vpc: { natGateways: 'PerZone' }, tags: { a: 'b' } } },
  { nodePools: [pool], autofs, aws: { vpc: { natGateways: 'None' } } },
  { nodePools: [pool], aws: { endpointAccess: { publicCidrs: ['203.0.113.0/24'] } } },
  { nodePools: [pool], aws: { endpointAccess: { private: true, privateCidrs: ['10.9.0.0/16'] } } },
  { nodePools: [pool], aws: { endpointAccess: { private: true, privateCidrs: ['10.8.0.0/16'] } } },
]
const programs: Recorded[][] = []
// The SDK's mocks are the process's own.
// oxlint-disable-next-line no-await-in-loop
for (const spec of specs) programs.push((await recordCloud(spec)).resources)

const isOfAws = ({ type }: Recorded) => type.startsWith('aws:') || type === 'eks:index:Cluster'
const typeToken = (type: string) =>
  type === 'eks:index:Cluster' ? 'aws:eks/cluster:Cluster' : type

/** What cannot be changed in place, and of it what bears the name. */
async function fixedInputs(type: string): Promise<{ fixed: string[]; names: string[] }> {
  const inputs = Object.entries((await typeOf(typeToken(type))).inputs)
  const fixed = inputs.filter(([, field]) => field.replace !== undefined && field.replace !== false)
  return {
    fixed: fixed.map(([name]) => name),
    names: fixed.flatMap(([name, { autoname }]) => (autoname ? [name] : [])),
  }
}

const pick = (r: Recorded, names: string[]) => JSON.stringify(names.map((name) => r.inputs[name]))

/** The same resource in every two of the programs. */
function* pairs(type: string): Generator<[Recorded, Recorded]> {
  const all = programs.flat().filter((r) => r.type === type)
  for (const one of all)
    for (const other of all) if (one !== other && one.name === other.name) yield [one, other]
}

test('every type of resource has an answer, and every answer a type', () => {
  const made = new Set(
    programs
      .flat()
      .filter(isOfAws)
      .map(({ type }) => type),
  )
  expect(Object.keys(answers).toSorted()).toEqual([...made].toSorted())
})

for (const [type, answer] of Object.entries(answers)) {
  test(`${type} is ${answer}`, async () => {
    const { fixed, names } = await fixedInputs(type)
    if (answer !== 'never replaced') expect(names).toHaveLength(1)
    for (const [one, other] of pairs(type)) {
      const same = pick(one, fixed) === pick(other, fixed)
      const sameName = pick(one, names) === pick(other, names)
      if (answer === 'never replaced') expect(pick(one, fixed)).toBe(pick(other, fixed))
      else if (answer === 'digest') expect(sameName).toBe(same)
      else expect([names.every((name) => one.inputs[name]), sameName]).toEqual([true, true])
    }
  })
}
