// What the API server lets through never fails later for its form: specs made from the CRD's schema are offered to a real
// API server, and those that it takes go through both programs, the doubles of the providers with AWS's own grammar, the
// rules of kubelets and the lines that automount reads.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { structural } from '../../../operator/api/schema/crd.ts'
import { tenantClusterSpecSchema } from '../../../operator/api/tenant/tenant-cluster.ts'
import { refuseMarkers } from '../../../operator/api/tenant/markers.ts'
import type { Kube } from '../../../operator/framework/index.ts'
import { programs } from '../../../programs/index.ts'
import {
  labelsSchema,
  publicCidrsSchema,
  tagsSchema,
  taintsSchema,
} from '../../sandbox/aws/eks/grammar.ts'
import { awsProvider } from '../../sandbox/providers/aws/provider.ts'
import { startTestApi } from '../../support/api-server.ts'
import { kubeletProblems } from '../../support/kubelet-flags.ts'
import { cloudOutputs } from '../../support/cloud-outputs.ts'
import { record, type Recorded } from '../../support/pulumi-recorder.ts'
import { specs, type Likely, type Schema } from '../../support/spec-arbitrary.ts'
import { tenantManifest } from '../../support/tenant-cluster.ts'
import { tenantInput } from '../../support/tenant-input.ts'
import type { TestPlane } from '../../support/test-plane.ts'
import { recordCloud } from '../../support/aws/recorded-cloud.ts'

const key63 = 'k'.repeat(63)
/** Values that CEL alone would find hard to hit by chance. */
const likely: Likely = {
  'spec.adopt.uid': ['0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9'],
  'spec.kubernetesVersion': ['1.36', '1.35', '1.0', '1.999'],
  'spec.provider.aws.credentialsRef.name': ['aws', 'a.b-c', 'a'.repeat(253)],
  'spec.provider.aws.vpc.cidr': ['10.0.0.0/16', '172.16.0.0/16', '192.168.240.0/20', '100.64.0.0/18', '172.31.128.0/17'], // prettier-ignore
  'spec.provider.aws.vpc.availabilityZones': [2],
  'spec.provider.aws.vpc.zones[]': ['eu-west-1a', 'eu-west-1b', 'eu-west-1c', 'eu-west-1d'],
  'spec.provider.aws.endpointAccess.public': [true],
  'spec.provider.aws.endpointAccess.private': [true],
  'spec.provider.aws.endpointAccess.publicCidrs[]': ['0.0.0.0/0', '203.0.113.0/24', '8.8.8.8/32', '11.0.0.0/8', '12.0.0.0/6'], // prettier-ignore
  'spec.provider.aws.endpointAccess.privateCidrs[]': ['10.20.0.0/16', '100.64.0.0/10', '8.8.8.8/32', '192.168.7.1/32', '172.17.0.0/16', '11.0.0.0/8'], // prettier-ignore
  'spec.provider.aws.tags{key}': ['team', 'cost center', 'a:b/c=d+e@f', 't'.repeat(127), 'constructor', 'Owner'], // prettier-ignore
  'spec.provider.aws.tags{}': ['', 'payments', 'Käse 7', 'v'.repeat(256), '日本', '+-=._:/@'],
  'spec.nodePools[].name': ['default', '1abc', 'a', 'p'.repeat(40), 'a--b'],
  'spec.nodePools[].aws.instanceTypes[]': [
    'm6i.large',
    'c6i.24xlarge',
    'm5.large',
    'u-12tb1.metal',
  ],
  'spec.nodePools[].min': [0, 1],
  'spec.nodePools[].desired': [1, 2],
  'spec.nodePools[].max': [2, 450],
  'spec.nodePools[].aws.image': [{ family: 'AL2023' }, { family: 'Bottlerocket' }, { id: 'ami-0123456789abcdef0' }], // prettier-ignore
  'spec.nodePools[].labels{key}': [
    'tier',
    'example.com/a_b.C',
    key63,
    'a.b.c/d',
    '0',
    'constructor',
  ],
  'spec.nodePools[].labels{}': ['web', '1.2-3_x', 'v'.repeat(63), '0'],
  'spec.nodePools[].taints[].key': ['dedicated', 'example.com/x', key63],
  'spec.nodePools[].taints[].value': ['', 'a', 'a.b_C-d', 'v'.repeat(63)],
  'spec.autofs.root': ['/auto', '/mnt/shared', '/-x/y', '/srv/a'],
  'spec.autofs.maps[].name': ['home', 'master', 'a', 'm'.repeat(40)],
  'spec.autofs.maps[].entries[].key': ['a', 'team/b', 'team', '_x.y', 'k'.repeat(253)],
  'spec.autofs.maps[].entries[].options': ['', 'ro', '-fstype=nfs4,hard,timeo=600', 'fstype=efs', 'nosuid,nodev'], // prettier-ignore
  'spec.autofs.maps[].entries[].location': ['filer:/x', 'a-1.b:/export/&', '10.0.0.1:/'],
  'spec.imageRegistry': ['ghcr.io/cratekube', 'registry:5000', '1.dkr.ecr.eu-west-1.amazonaws.com/a_b/c--d'], // prettier-ignore
  'spec.addons.loadTesting.version': ['0.1.0'],
  'spec.addons.loadTesting.values': [{}, { replicaCount: 2 }],
}

let api: TestPlane
let kube: Kube
beforeAll(async () => {
  api = await startTestApi()
  kube = api.kube
})
afterAll(() => api?.stop())

/** The spec as the API server would store it; undefined when it refuses. */
async function admit(spec: unknown): Promise<Record<string, unknown> | undefined> {
  const path = '/apis/cratekube.io/v1alpha1/namespaces/default/tenantclusters'
  const query = { dryRun: 'All', fieldValidation: 'Strict' }
  const answer = await kube
    .request('POST', path, tenantManifest('generated', spec), { query })
    .catch((error: Error) => {
      if (process.env['SHOW']) console.log(error.message.slice(0, 400))
      if (/: 4(00|22) /.test(error.message)) return undefined
      throw error
    })
  return (answer as { spec: Record<string, unknown> } | undefined)?.spec
}

test('what is admitted has a form that programs, providers, AWS, kubelets and automount take', async () => {
  const schema = structural(tenantClusterSpecSchema) as Schema // as the CRD has it
  let admitted = 0
  let refused = 0
  const property = fc.asyncProperty(specs(schema, likely), async (spec) => {
    const stored = await admit(spec)
    if (!stored) return void refused++
    admitted++
    refuseMarkers(stored, 'spec')
    await cloudTakes(stored)
    await addonsTake(stored)
  })
  await fc.assert(property, { numRuns: 80, seed: 20_26, endOnFailure: true })
  expect(admitted).toBeGreaterThan(15)
  expect(refused).toBeGreaterThan(5)
})

async function cloudTakes(spec: Record<string, unknown>): Promise<void> {
  const { resources } = await recordCloud(spec)
  const provider = awsProvider({ env: { AWS_REGION: 'eu-west-1' } })
  for (const resource of resources) {
    const { type, name, inputs } = resource
    tagsTaken(resource)
    if (!type.startsWith('aws:')) continue
    const urn = `urn:pulumi:stack::cratekube::${type}::${name}`
    const { failures = [] } = (await provider.check?.(urn, {}, inputs)) ?? {}
    expect(failures, `${type} ${name}`).toEqual([])
    nameTaken(resource)
    if (type === 'aws:eks/nodeGroup:NodeGroup') nodesTake(resource)
    if (type === 'aws:ec2/launchTemplate:LaunchTemplate') kubeletsTake(inputs['userData'])
  }
  const control = resources.find(({ type }) => type === 'eks:index:Cluster')
  publicCidrsSchema.parse(control?.inputs['publicAccessCidrs'] ?? [])
}

/** IAM (API reference, Tag) takes the fewest signs and holds keys that differ in case for one; EC2 has 127 characters. */
function tagsTaken({ type, name, inputs }: Recorded): void {
  const own = inputs['tags'] as Record<string, string> | undefined
  const launched = (inputs['tagSpecifications'] ?? []) as { tags: Record<string, string> }[]
  for (const tags of [...(own ? [own] : []), ...launched.map((s) => s.tags)]) {
    tagsSchema.parse(tags)
    const keys = Object.keys(tags)
    expect(new Set(keys.map((key) => key.toLowerCase())).size, `${type} ${name}`).toBe(keys.length)
    for (const [key, value] of Object.entries(tags)) {
      expect(key).toMatch(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,127}$/u)
      expect(value).toMatch(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u)
    }
  }
}

/** API references: EC2 CreateSecurityGroup and CreateLaunchTemplate, IAM CreateRole, EKS CreateNodegroup and CreateCluster. */
const namesTaken: Record<string, [field: string, form: RegExp]> = {
  'aws:ec2/securityGroup:SecurityGroup': ['name', /^(?!sg-)[\w .:/()#,@[\]+=&;{}!$*-]{1,255}$/],
  'aws:ec2/launchTemplate:LaunchTemplate': ['name', /^[\w()./-]{3,128}$/],
  'aws:iam/role:Role': ['name', /^[\w+=,.@-]{1,64}$/],
  'aws:eks/nodeGroup:NodeGroup': ['nodeGroupName', /^[0-9A-Za-z][A-Za-z0-9_-]{0,62}$/],
  'aws:cloudwatch/logGroup:LogGroup': ['name', /^[.\-_/#A-Za-z0-9]{1,512}$/],
  'aws:efs/fileSystem:FileSystem': ['creationToken', /^.{1,64}$/],
}

function nameTaken({ type, inputs }: Recorded): void {
  const rule = namesTaken[type]
  if (rule) expect(inputs[rule[0]]).toMatch(rule[1])
}

function nodesTake({ inputs }: Recorded): void {
  labelsSchema.parse(inputs['labels'])
  taintsSchema.parse(inputs['taints'])
  const { minSize, desiredSize, maxSize } = inputs['scalingConfig']
  expect([minSize, desiredSize, maxSize]).toEqual([minSize, desiredSize, maxSize].toSorted((a, b) => a - b)) // prettier-ignore
}

function kubeletsTake(userData: unknown): void {
  if (typeof userData !== 'string') return
  const lines = Buffer.from(userData, 'base64').toString().split('\r\n')
  const config = JSON.parse(lines[6] ?? '') as { spec: { kubelet: { flags: string[] } } } // our own text
  expect(kubeletProblems(config.spec.kubelet.flags)).toEqual([])
}

async function addonsTake(spec: Record<string, unknown>): Promise<void> {
  const { resources } = await record(programs.addons, tenantInput(spec), {
    config: { 'cratekube:cloud': JSON.stringify(cloudOutputs) },
    call: () => ({ result: [] }),
  })
  const maps = resources.find(({ type }) => type === 'kubernetes:core/v1:ConfigMap')
  mapsTaken((maps?.inputs['data'] ?? {}) as Record<string, string>)
  for (const { inputs } of resources.filter(({ type }) => type.endsWith(':DaemonSet')))
    expect(inputs['spec'].template.spec.containers[0].image).toMatch(imageReference)
}

/** github.com/distribution/reference, reference.go: domain, path components, tag. */
const imageReference =
  /^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?)*(:[0-9]+)?(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)+:[\w][\w.-]{0,127}$/

/** Kubernetes (1 MiB, validation of ConfigMaps) and autofs(5): words between blanks, options before a location. */
function mapsTaken(data: Record<string, string>): void {
  const size = Object.entries(data).reduce(
    (sum, entry) => sum + Buffer.byteLength(entry.join('')),
    0,
  )
  expect(size).toBeLessThan(1_048_576)
  for (const [file, text] of Object.entries(data)) {
    expect(file).toMatch(/^[-._a-zA-Z0-9]{1,253}$/)
    if (!file.startsWith('auto.')) continue
    for (const line of text.trimEnd().split('\n')) {
      const [key = '', ...words] = line.split(' ')
      expect(key).toMatch(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/)
      for (const word of words)
        expect(word).toMatch(/^(-[A-Za-z0-9_=.,/@:+-]*nosuid,nodev|\/[A-Za-z0-9._/-]*|[A-Za-z0-9.-]+:\/[^\s#"'\\()]*|:\/\/[^\s#"'\\()]+)$/) // prettier-ignore
    }
  }
}
