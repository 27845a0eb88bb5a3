// The pure parts of the kubernetes double: names, what needs a new object, when an object is ready, helm's arguments.
import { describe, expect, test } from 'vitest'
import { decode, templateArgs } from '../../../sandbox/providers/kubernetes/functions.ts'
import {
  checkManifest,
  diffManifests,
  manifestOf,
  pruneTo,
} from '../../../sandbox/providers/kubernetes/manifest.ts'
import { needsEndpoints, readiness } from '../../../sandbox/providers/kubernetes/ready.ts'
import { kubeconfigOf } from '../../../sandbox/providers/eks/kubeconfig.ts'

const urn = 'urn:pulumi:dev::test::kubernetes:core/v1:ConfigMap::Settings'
const subject = { namespaced: true, defaultNamespace: 'default' }
const configMap = { apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } }

describe('check', () => {
  test('fills in name, namespace and the label, and keeps the name', () => {
    const inputs = checkManifest({ urn, olds: {}, news: configMap, subject })
    const { metadata } = manifestOf(inputs)
    expect(metadata.name).toMatch(/^settings-[0-9a-f]{8}$/)
    expect(metadata).toMatchObject({
      namespace: 'default',
      labels: { 'app.kubernetes.io/managed-by': 'pulumi' },
      annotations: { 'pulumi.com/autonamed': 'true' },
    })
    const again = checkManifest({ urn, olds: inputs, news: configMap, subject })
    expect(manifestOf(again).metadata.name).toBe(metadata.name)
  })

  test('leaves a given name, namespace and managed-by alone', () => {
    const metadata = {
      name: 'a',
      namespace: 'b',
      labels: { 'app.kubernetes.io/managed-by': 'Helm' },
    }
    const inputs = checkManifest({ urn, olds: {}, news: { ...configMap, metadata }, subject })
    expect(inputs['metadata']).toEqual(metadata)
  })

  test('gives no namespace to what has none', () => {
    const news = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'web' } }
    const inputs = checkManifest({
      urn,
      olds: {},
      news,
      subject: { ...subject, namespaced: false },
    })
    expect(manifestOf(inputs).metadata).not.toHaveProperty('namespace')
  })
})

const diff = (oldInputs: Record<string, unknown>, news: Record<string, unknown>) =>
  diffManifests({
    oldInputs,
    news,
    ignoreChanges: [],
    immutableConfig: true,
    immutableSecrets: true,
  })

describe('diff', () => {
  const named = { ...configMap, metadata: { name: 'a', namespace: 'b' } }

  test.each([
    [named, { ...named, data: { a: '2' } }, ['data']],
    [named, { ...named, metadata: { name: 'c', namespace: 'b' } }, ['metadata.name']],
    [named, { ...named, metadata: { name: 'a', namespace: 'b', labels: { x: 'y' } } }, []],
    [{ kind: 'Deployment', spec: { selector: 1 } }, { kind: 'Deployment', spec: { selector: 2 } }, ['spec.selector']],
    [{ kind: 'Deployment', spec: { replicas: 1 } }, { kind: 'Deployment', spec: { replicas: 2 } }, []],
    [{ kind: 'Job', spec: { template: 1 } }, { kind: 'Job', spec: { template: 2 } }, ['spec.template']],
    [{ kind: 'Secret', type: 'Opaque' }, { kind: 'Secret', type: 'x' }, ['type']],
    [{ kind: 'Secret', data: 1 }, { kind: 'Secret', data: 2 }, ['data']],
    [{ kind: 'RoleBinding', roleRef: 1 }, { kind: 'RoleBinding', roleRef: 2 }, ['roleRef']],
  ])('%o -> %o replaces %o', (before, after, replaces) => {
    const found = diff(before, after)
    expect(found.changes).toBe(true)
    expect(found.replaces).toEqual(replaces)
  })

  test('another version of the same group is the same object', () => {
    const before = { apiVersion: 'x.io/v1alpha1', kind: 'Foo' }
    expect(diff(before, { apiVersion: 'x.io/v1', kind: 'Foo' }).replaces).toEqual([])
  })

  test('a named object that is replaced goes first, an autonamed one after', () => {
    expect(diff(named, { ...named, data: {} }).deleteBeforeReplace).toBe(true)
    const auto = { ...named, metadata: { ...named.metadata, annotations: { 'pulumi.com/autonamed': 'true' } } }
    expect(diff(auto, { ...auto, data: {} }).deleteBeforeReplace).toBe(false)
  })
}) // prettier-ignore

describe('readiness', () => {
  const deployment = (status: object) => ({
    kind: 'Deployment',
    metadata: { name: 'd', generation: 2 },
    spec: { replicas: 2 },
    status,
  })
  const done = { observedGeneration: 2, replicas: 2, updatedReplicas: 2, availableReplicas: 2 }
  const available = [{ type: 'Available', status: 'True' }]

  test.each([
    ['waiting', { ...done, observedGeneration: 1, conditions: available }],
    ['waiting', { ...done, updatedReplicas: 1, conditions: available }],
    ['waiting', { ...done, replicas: 3, conditions: available }],
    ['waiting', { ...done, availableReplicas: 1, conditions: available }],
    ['waiting', { ...done, conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] }],
    ['ready', { ...done, conditions: available }],
  ])('a deployment is %s with %o', (state, status) => {
    expect(readiness(deployment(status)).state).toBe(state)
  }) // prettier-ignore

  test.each([
    ['DaemonSet', { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 }, 'waiting'],
    ['DaemonSet', { desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 }, 'ready'],
    ['Job', { conditions: [{ type: 'Failed', status: 'True' }] }, 'failed'],
    ['Job', { conditions: [{ type: 'Complete', status: 'True' }] }, 'ready'],
    ['PersistentVolumeClaim', { phase: 'Pending' }, 'waiting'],
    ['CustomResourceDefinition', { conditions: [{ type: 'NamesAccepted', status: 'False' }] }, 'failed'],
    ['CustomResourceDefinition', { conditions: [{ type: 'Established', status: 'True' }] }, 'ready'],
    ['Foo', undefined, 'ready'],
  ])('%s with %o is %s', (kind, status, state) => {
    expect(readiness({ kind, metadata: { name: 'x' }, status }).state).toBe(state)
  }) // prettier-ignore

  test('only services that select pods through an address need endpoints', () => {
    const service = (spec: object) => ({ kind: 'Service', metadata: { name: 's' }, spec })
    expect(needsEndpoints(service({ selector: { a: 'b' }, clusterIP: '10.0.0.1' }))).toBe(true)
    expect(needsEndpoints(service({ selector: { a: 'b' }, clusterIP: 'None' }))).toBe(false)
    expect(needsEndpoints(service({ clusterIP: '10.0.0.1' }))).toBe(false)
  })
})

test('YAML keeps octal file modes and the words that 1.1 takes for booleans', () => {
  const text = 'kind: A\nmode: 0644\nanswer: yes\n---\n---\nkind: List\nitems: [{kind: B}]\n'
  expect(decode(text, 'default')).toEqual([
    { kind: 'A', mode: 0o644, answer: 'yes' },
    { kind: 'B' },
  ])
})

test('helm renders CRDs and leaves tests out', () => {
  const args = templateArgs({ release_name: 'r', path: './chart', version: '1.2' }, { namespace: 'n' })
  expect(args.join(' ')).toBe('template r ./chart --namespace n --include-crds --skip-tests --version 1.2')
}) // prettier-ignore

test('drift is shown in the shape of the inputs', () => {
  const live = { data: { a: '9', other: 'x' }, metadata: { uid: 'u' } }
  expect(pruneTo({ data: { a: '1' } }, live)).toEqual({ data: { a: '9' } })
})

test('the kubeconfig of eks holds a command, never a token', () => {
  const config = kubeconfigOf({ clusterName: 'c', region: 'r', endpoint: 'https://e', ca: 'x', roleArn: 'arn' })
  expect(config).toMatchObject({
    users: [{ user: { exec: { command: 'aws', args: ['--region', 'r', 'eks', 'get-token', '--cluster-name', 'c', '--output', 'json', '--role', 'arn'] } } }],
  })
}) // prettier-ignore
