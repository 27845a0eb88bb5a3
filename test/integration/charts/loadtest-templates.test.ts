// What the chart of the load-test operator renders, and which values it refuses in which words. Needs no cluster.
import { expect, test } from 'vitest'
import { CommandFailed } from '../../sandbox/machine/command.ts'
import { helm, parseManifests, setFlags } from '../../support/helm.ts'
import { chart, template, valueSets } from './loadtest-chart.ts'

test.each(Object.entries(valueSets))('passes helm lint with %s', async (_, values) => {
  const lint = helm(['lint', '--strict', chart, ...setFlags(values)])
  await expect(lint).resolves.toContain('0 chart(s) failed')
})

test.each(Object.entries(valueSets))('renders %s as before', async (name, values) => {
  const golden = `../../fixtures/charts/loadtest/${name}.yaml`
  await expect(await template(values)).toMatchFileSnapshot(golden)
})

test('the namespaced operator has no right and no rule beyond its namespace', async () => {
  const manifests = parseManifests(await template(valueSets['namespaced']))
  const kinds = manifests.map(({ kind = '' }) => kind)
  expect(
    kinds.filter((kind) => kind.startsWith('ClusterRole') || kind.includes('Webhook')),
  ).toEqual([])
  const policies = manifests.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy')
  expect(policies.length).toBe(3)
  for (const { spec } of policies)
    expect(spec).toMatchObject({
      matchConstraints: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'load-tests' } },
      },
    })
})

test.each<[string, Record<string, unknown>, RegExp]>([
  ['an unknown value', { replicas: 2 }, /'replicas' not allowed/],
  ['an unknown value inside', { 'limits.pods': 2 }, /\/limits'.*'pods' not allowed/],
  ['no replicas', { replicaCount: 0 }, /\/replicaCount/],
  ['a limit of nothing', { 'limits.workers': 0 }, /\/limits\/workers/],
  ['a limit that is no number', { 'limits.users': 'many' }, /\/limits\/users/],
  ['an image pattern with a blank', { 'limits.images': ['a b'] }, /\/limits\/images\/0/],
  ['an unknown failure policy', { 'webhook.failurePolicy': 'Maybe' }, /failurePolicy/],
  [
    'an issuer without a name',
    { 'webhook.certManager': { enabled: true, issuerRef: { kind: 'Issuer' } } },
    /issuerRef.*missing property 'name'/,
  ],
  ['a password for Kafka', { 'kafka.password': 'x' }, /'password' not allowed/],
  ['an unknown way to the master', { masterAccess: 'ingress' }, /\/masterAccess/],
])('refuses %s', async (_, values, message) => {
  const failure = await template(values).catch((error: unknown) => error)
  expect(failure).toBeInstanceOf(CommandFailed)
  expect((failure as CommandFailed).message).toMatch(message)
})
