// What the chart renders, and which values it refuses in which words. Needs Helm and no cluster.
import { expect, test } from 'vitest'
import { CommandFailed } from '../../sandbox/machine/command.ts'
import { chart, helm, template } from '../../support/helm.ts'

test('passes helm lint', async () => {
  await expect(helm(['lint', '--strict', chart])).resolves.toContain('0 chart(s) failed')
})

/** Another at each rendering without a cluster. */
const generated = /(kind: Secret\n[^]*?\n {2}password: )[a-zA-Z0-9+/=]{56}$/m

const valueSets: Record<string, Record<string, unknown>> = {
  defaults: {},
  'own-redis-and-s3': {
    'state.backendUrl': 's3://stacks?region=eu-west-1&profile=state',
    'state.awsConfigSecret.name': 'state-aws',
    'serviceAccount.annotations': { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/state' },
    'redis.urlSecret.name': 'redis',
    'redis.caConfigMap.name': 'redis-ca',
    'redis.prefix': 'green',
    'worker.replicas': 3,
    engine: 'cli',
  },
  'in-rotation-of-the-passphrase': { 'state.passphraseSecret.previousKey': 'previous' },
  'sealed-by-a-key-service': {
    'state.backendUrl': 's3://stacks',
    'state.sharedWithTenants': true,
    'state.secretsProvider': 'awskms://alias/stacks?region=eu-west-1&profile=state',
  },
  'behind-a-proxy': {
    'proxy.urlSecret.name': 'proxy',
    'proxy.noProxy': '.eks.amazonaws.com',
    'proxy.caConfigMap.name': 'company-ca',
    'redis.urlSecret.name': 'redis',
    'redis.caConfigMap': { name: 'company-ca', key: 'redis.pem' },
  },
  'teams-by-name': {
    tenantNamespaces: ['team-a', 'team-b'],
    'networkPolicy.metricsFrom': [{ namespaceSelector: {} }],
    'networkPolicy.egress': [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }],
  },
  'placed-on-nodes': {
    'image.tag': '0.1.0-rc.1',
    'image.pullSecrets': [{ name: 'registry' }],
    'worker.replicas': 2,
    'state.volume.accessModes': ['ReadWriteMany'],
    'state.volume.storageClassName': 'efs',
    'redis.bundled.passwordSecret': { name: 'redis', key: 'word' },
    nodeSelector: { 'kubernetes.io/arch': 'arm64' },
    tolerations: [{ key: 'platform', operator: 'Exists' }],
    affinity: { nodeAffinity: {} },
    imageRegistries: ['ghcr.io/cratekube', 'registry.example:5000'],
  },
}

test.each(Object.entries(valueSets))('renders %s as before', async (name, values) => {
  const text = (await template(values)).replace(generated, '$1(generated)')
  await expect(text).toMatchFileSnapshot(`../../fixtures/charts/${name}.yaml`)
})

test('makes another password for each Redis', async () => {
  const made = async () => generated.exec(await template())?.[0]
  expect(await made()).not.toBe(await made())
})

test.each<[string, Record<string, unknown>, RegExp]>([
  ['an unknown value', { replicas: 2 }, /'replicas' not allowed/],
  ['an unknown value inside', { 'worker.cpu': 2 }, /\/worker'.*'cpu' not allowed/],
  ['an unknown engine', { engine: 'fast' }, /'\/engine': value must be one of/],
  ['a negative number of workers', { 'worker.replicas': -1 }, /\/worker\/replicas/],
  ['no concurrency', { 'worker.concurrency': 0 }, /\/worker\/concurrency/],
  ['a prefix that is a pattern', { 'redis.prefix': 'a* ~*' }, /\/redis\/prefix/],
  [
    'authorities for the bundled Redis, which has no TLS',
    { 'redis.caConfigMap.name': 'ca' },
    /redis\.caConfigMap\.name: expected none .* got ca/,
  ],
  ['a number in quotes', { 'manager.replicas': '2' }, /\/manager\/replicas': got string/],
  ['a backend off the volume', { 'state.backendUrl': 'file:///tmp' }, /\/state\/backendUrl/],
  ['a backend without access', { 'state.backendUrl': 'gs://b' }, /\/state\/backendUrl/],
  ['no passphrase', { 'state.passphraseSecret.name': '' }, /\/state\/passphraseSecret\/name/],
  ['a proxy that is no URL', { 'proxy.url': 'proxy:3128' }, /\/proxy\/url/],
  ['a registry with a scheme', { imageRegistries: ['https://a.b'] }, /imageRegistries\/0/],
  ['a namespace that is none', { tenantNamespaces: ['Team A'] }, /tenantNamespaces\/0/],
  ['a peer of nobody', { 'networkPolicy.metricsFrom': [{}] }, /metricsFrom\/0/],
  ['an unknown level', { logLevel: 'loud' }, /'\/logLevel': value must be one of/],
  ['an unknown access mode', { 'state.volume.accessModes': ['Any'] }, /accessModes\/0/],
  ['a list of names as pull secrets', { 'image.pullSecrets': ['a'] }, /pullSecrets\/0/],
  [
    'more workers than the volume admits',
    { 'worker.replicas': 2 },
    /worker\.replicas: expected at most 1 .* got 2/,
  ],
  [
    'the embedded engine with S3',
    { engine: 'embedded', 'state.backendUrl': 's3://stacks' },
    /state\.backendUrl: expected file:\/\/.*, got s3:\/\/stacks/,
  ],
  [
    'a bucket that each tenant’s credentials open, unless it is said',
    { 'state.backendUrl': 's3://stacks' },
    /state\.awsConfigSecret\.name: expected .*, or state\.sharedWithTenants: true, got none/,
  ],
  [
    'a key service with the embedded engine',
    { engine: 'embedded', 'state.secretsProvider': 'awskms://alias/stacks' },
    /state\.secretsProvider: expected none with engine embedded, got awskms/,
  ],
  [
    'a key service that Pulumi has not',
    { 'state.secretsProvider': 'vault://stacks' },
    /\/state\/secretsProvider/,
  ],
  [
    'less time to end than operations take to stop',
    { 'worker.graceSeconds': 120 },
    /worker\.terminationGracePeriodSeconds: expected at least 270, .* got 180/,
  ],
])('refuses %s', async (_, values, message) => {
  const failure = await template(values).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(CommandFailed)
  expect((failure as CommandFailed).message).toMatch(message)
})
