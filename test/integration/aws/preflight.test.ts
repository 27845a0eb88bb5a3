// The checks before provisioning, against the AWS double.
import { DescribeImagesCommand } from '@aws-sdk/client-ec2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { awsClients } from '../../../operator/aws/access/clients.ts'
import { preflight } from '../../../operator/aws/preflight/preflight.ts'
import { beyondPolicy } from '../../support/aws-policy.ts'
import { tenantInput } from '../../support/tenant-input.ts'
import { region } from '../sandbox/aws/fixture.ts'
import { cloudLab, type CloudLab } from './cloud-lab.ts'

let lab: CloudLab

beforeAll(async () => {
  lab = await cloudLab({ unbound: true })
})
afterAll(() => lab?.[Symbol.asyncDispose]())

const faults = async (spec: Parameters<typeof tenantInput>[0]) =>
  await preflight(tenantInput(spec), lab.asCaller)
const pools = (...list: object[]) => ({
  nodePools: list.map((pool, i) => ({ name: `pool-${i}`, ...pool })),
})

test('finds nothing wrong with a spec that can work', async () => {
  const types = pools(
    { aws: { instanceTypes: ['m6i.large', 'c6i.large'] } },
    { aws: { instanceTypes: ['m7g.large'] } },
  )
  expect(await faults({ ...types, aws: { vpc: { availabilityZones: 3 } } })).toBeUndefined()
})

test('refuses a version that EKS does not offer and lists those it does', async () => {
  expect(await faults({ kubernetesVersion: '1.12' })).toEqual([
    {
      code: 'InvalidSpec',
      inputPath: 'spec.kubernetesVersion',
      value: '1.12',
      message: expect.stringMatching(
        /^spec\.kubernetesVersion: expected a version that EKS offers \(1\.\d+.*\), got 1\.12$/,
      ),
      retryable: false,
    },
  ])
})

test('names the pool and the place of an unknown instance type', async () => {
  const found = await faults(pools({}, { aws: { instanceTypes: ['m6i.large', 'm6i.hughe'] } }))
  expect(found).toMatchObject([
    {
      code: 'InvalidSpec',
      inputPath: 'spec.nodePools[1].aws.instanceTypes[1]',
      value: 'm6i.hughe',
      message:
        'spec.nodePools[1].aws.instanceTypes[1]: expected an instance type that EC2 offers in eu-west-1, got m6i.hughe',
    },
  ])
})

test('refuses an instance type that none of the zones has', async () => {
  const pool = pools({ aws: { instanceTypes: ['m6i.large', 'p4d.24xlarge'] } })
  expect(await faults({ ...pool, aws: { vpc: { availabilityZones: 2 } } })).toMatchObject([
    {
      inputPath: 'spec.nodePools[0].aws.instanceTypes[1]',
      message:
        'spec.nodePools[0].aws.instanceTypes[1]: expected an instance type that EC2 offers in eu-west-1a or eu-west-1b, the zones of this cluster, got p4d.24xlarge',
    },
  ])
  expect(await faults({ ...pool, aws: { vpc: { availabilityZones: 3 } } })).toBeUndefined()
})

test('refuses instance types of two architectures in one pool', async () => {
  const found = await faults(pools({ aws: { instanceTypes: ['m6i.large', 'm7g.large'] } }))
  expect(found?.map((f) => f.inputPath)).toEqual(['spec.nodePools[0].aws.instanceTypes'])
})

test('refuses an image that is not there', async () => {
  const found = await faults(pools({ aws: { image: { id: 'ami-0123456789abcdef0' } } }))
  expect(found).toMatchObject([
    {
      code: 'InvalidSpec',
      inputPath: 'spec.nodePools[0].aws.image.id',
      value: 'ami-0123456789abcdef0',
    },
  ])
})

test('refuses an image for another architecture', async () => {
  const Filters = [{ Name: 'architecture', Values: ['x86_64'] }]
  const { Images = [] } = await lab.ec2.send(new DescribeImagesCommand({ Filters }))
  const id = Images[0]?.ImageId ?? 'none'
  expect(await faults(pools({ aws: { image: { id } } }))).toBeUndefined()
  const found = await faults(pools({ aws: { image: { id }, instanceTypes: ['m7g.large'] } }))
  expect(found).toMatchObject([
    {
      inputPath: 'spec.nodePools[0].aws.image.id',
      value: id,
      message: `spec.nodePools[0].aws.image.id: expected an image for arm64, as the instance types are and not x86_64, got ${id}`,
    },
  ])
})

test('refuses more zones than the region has', async () => {
  const found = await faults({ aws: { vpc: { availabilityZones: 4 } } })
  expect(found).toMatchObject([
    { inputPath: 'spec.provider.aws.vpc.availabilityZones', value: '4' },
  ])
})

test('refuses zones that the region has not, or one by both its names', async () => {
  const named = (...zones: string[]) => faults({ aws: { vpc: { zones } } })
  expect(await named('eu-west-1c', 'eu-west-1b')).toBeUndefined()
  expect(await named('us-east-1a', 'eu-west-1b')).toMatchObject([
    {
      code: 'InvalidSpec',
      inputPath: 'spec.provider.aws.vpc.zones[0]',
      value: 'us-east-1a',
      message: expect.stringContaining(
        'a zone of eu-west-1 that EKS can use: eu-west-1a (euw1-az3), eu-west-1b (',
      ),
    },
  ])
  expect(await named('eu-west-1a', 'euw1-az3')).toMatchObject([
    { inputPath: 'spec.provider.aws.vpc.zones[1]', value: 'euw1-az3' },
  ])
})

test('refuses to do without NAT where no zone has the endpoints for it', async () => {
  const gaps = ['eu-west-1a', 'eu-west-1b'].map((zone) => ({ service: 'eks-auth', zone }))
  for (const gap of gaps) lab.aws.gaps.open(gap)
  const none = { natGateways: 'None' }
  expect(await faults({ aws: { vpc: none } })).toMatchObject([
    {
      code: 'InvalidSpec',
      inputPath: 'spec.provider.aws.vpc.natGateways',
      message: expect.stringContaining('endpoint for eks-auth (only eu-west-1c), got None'),
    },
  ])
  expect(await faults({})).toBeUndefined()
  expect(
    await faults({ aws: { vpc: { ...none, zones: ['eu-west-1b', 'eu-west-1c'] } } }),
  ).toBeUndefined()
  for (const gap of gaps) lab.aws.gaps.close(gap)
})

test('tells all mistakes at once', async () => {
  const found = await faults({
    kubernetesVersion: '1.12',
    ...pools({ aws: { instanceTypes: ['x.y'] } }, { aws: { instanceTypes: ['z.z'] } }),
  })
  expect(found?.map((f) => f.inputPath)).toEqual([
    'spec.kubernetesVersion',
    'spec.nodePools[0].aws.instanceTypes[0]',
    'spec.nodePools[1].aws.instanceTypes[0]',
  ])
})

test('names the credentials when AWS refuses them, and asks nothing more', async () => {
  const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wrong' }
  using stranger = awsClients({ region, credentials, endpoint: lab.aws.endpoint })
  const found = await preflight(tenantInput(), stranger)
  expect(found).toMatchObject([
    { code: 'CredentialsInvalid', inputPath: 'spec.provider.aws.credentialsRef' },
  ])
})

test('changes nothing', async () => {
  await faults({})
  const changing = lab.aws.calls
    .list()
    .filter((call) => !/^(Describe|Get|List)/.test(call.operation))
  expect(changing).toEqual([])
})

test('takes no more rights than the guide asks for', () => {
  expect(beyondPolicy(lab.aws.calls.list())).toEqual([])
})
