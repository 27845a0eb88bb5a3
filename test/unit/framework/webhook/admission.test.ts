// kopf's page "Admission control": handlers that refuse and handlers that change, and what the API server is told of them.
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { AdmissionError, core, PRESENT } from '../../../../operator/framework/index.ts'
import {
  applyConfigurations,
  servedAt,
  type AdmissionEntry,
} from '../../../../operator/framework/webhook/admission.ts'
import { patchBetween } from '../../../../operator/framework/webhook/json-patch.ts'
import { admit, mutate } from '../../../../operator/framework/webhook/reviews.ts'
import { harness, widgets } from '../harness.ts'

const widget = (o: { spec?: object; labels?: Record<string, string> } = {}) => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: {
    name: 'a',
    namespace: 'shop',
    uid: 'u',
    resourceVersion: '1',
    ...(o.labels && { labels: o.labels }),
  },
  spec: { size: 1, ...o.spec },
})

const review = (object: object) => ({
  request: { uid: 'r-1', operation: 'CREATE', object, userInfo: {} },
})

type Answer = {
  response: { allowed: boolean; status?: object; patch?: string; warnings?: string[] }
}

const patchOf = ({ response }: Answer): unknown =>
  response.patch && JSON.parse(Buffer.from(response.patch, 'base64').toString())

const entry = (o: Partial<AdmissionEntry>): AdmissionEntry => ({
  type: 'mutate',
  kind: widgets,
  id: 'defaults',
  handler: () => undefined,
  options: {},
  ...o,
})

test('admission: what a mutating handler changes is the patch, and nothing is when it changes nothing', async () => {
  const asked = review(widget({ labels: { 'a/b': 'c' } }))
  const changed = (await mutate(asked, ({ object }) => {
    const { metadata, spec } = object as unknown as ReturnType<typeof widget> & {
      spec: { color?: string }
    }
    spec.color = 'red'
    spec.size = 5
    delete (metadata.labels as Record<string, string>)['a/b']
    return undefined
  })) as Answer
  expect(patchOf(changed)).toEqual([
    { op: 'remove', path: '/metadata/labels/a~1b' },
    { op: 'replace', path: '/spec/size', value: 5 },
    { op: 'add', path: '/spec/color', value: 'red' },
  ])
  expect(changed.response).toMatchObject({ uid: 'r-1', allowed: true, patchType: 'JSONPatch' })
  const same = (await mutate(asked, () => undefined)) as Answer
  expect(same.response).toEqual({ uid: 'r-1', allowed: true })
})

test('admission: an AdmissionError refuses with its words and its code, in either sort of handler', async () => {
  const refuse = () => {
    throw new AdmissionError('too large', { code: 422 })
  }
  for (const asked of [admit(review(widget()), refuse), mutate(review(widget()), refuse)]) {
    const { response } = (await asked) as Answer
    expect(response).toMatchObject({ allowed: false, status: { code: 422, message: 'too large' } })
    expect(response.patch).toBeUndefined()
  }
  await expect(
    admit(review(widget()), () => {
      throw new Error('a bug')
    }),
  ).rejects.toThrow('a bug') // the API server does what the failurePolicy says
})

test('admission: warnings reach the user, with a change too', async () => {
  const answer = (await mutate(review(widget()), ({ object }) => {
    Object.assign(object?.spec as object, { size: 2 })
    return { allowed: true, warnings: ['two is the least'] }
  })) as Answer
  expect(answer.response.warnings).toEqual(['two is the least'])
  expect(patchOf(answer)).toHaveLength(1)
})

test('admission: handlers have filters, and a path each', async () => {
  const calls: string[] = []
  const handler = (id: string) => () => void calls.push(id)
  const entries = [
    entry({
      type: 'validate',
      id: 'gold',
      handler: handler('gold'),
      options: { labels: { tier: 'gold' } },
    }),
    entry({
      type: 'validate',
      id: 'sized',
      handler: handler('sized'),
      options: { field: 'spec.size', value: 1 },
    }),
    entry({ id: 'all', handler: handler('all') }),
  ]
  const served = servedAt(entries, pino({ level: 'silent' }))
  const paths = Object.entries({ ...served.validate, ...served.mutate })
  for (const [, served] of paths) await admit(review(widget()), served)
  expect(calls).toEqual(['sized', 'all'])
  expect(paths.map(([path]) => path)).toEqual([
    '/validate/widgets.example.com/gold',
    '/validate/widgets.example.com/sized',
    '/mutate/widgets.example.com/all',
  ])
})

test('admission: the API server is told of the handlers, and an authority that is known stays', async () => {
  const h = harness()
  const entries = [
    entry({ options: { labels: { tier: PRESENT }, operations: ['CREATE'], ignoreFailures: true } }),
  ]
  const o = {
    configuration: 'widgets',
    manager: 'widget-operator',
    namespace: 'ops',
    serviceName: 'hooks',
    secretName: 's',
    port: 0,
  }
  const targets = await applyConfigurations(h.user, entries, o)
  expect(targets.map(({ kind, name }) => [kind.kind, name])).toEqual([
    ['MutatingWebhookConfiguration', 'widgets'],
  ])
  const found = async () =>
    (await h.user.get(core.mutatingWebhookConfiguration, 'widgets'))?.webhooks?.[0]
  expect(await found()).toMatchObject({
    name: 'defaults.widgets.example.com.widget-operator',
    failurePolicy: 'Ignore',
    objectSelector: { matchExpressions: [{ key: 'tier', operator: 'Exists' }] },
    rules: [{ apiGroups: ['example.com'], operations: ['CREATE'], resources: ['widgets'] }],
    clientConfig: {
      service: { name: 'hooks', path: '/mutate/widgets.example.com/defaults', port: 443 },
    },
  })
  const withBundle = [{ op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: 'QQ==' }]
  await h.user.patch(core.mutatingWebhookConfiguration, { name: 'widgets' }, withBundle, {
    type: 'json',
  })
  await applyConfigurations(h.user, entries, o)
  expect((await found())?.clientConfig.caBundle).toBe('QQ==')
})

test('admission: a patch makes of the one object the other', () => {
  expect(patchBetween({ a: [1], 'x~/y': 1, z: 0 }, { a: [1, 2], b: {}, z: 0 })).toEqual([
    { op: 'replace', path: '/a', value: [1, 2] },
    { op: 'remove', path: '/x~0~1y' },
    { op: 'add', path: '/b', value: {} },
  ])
})
