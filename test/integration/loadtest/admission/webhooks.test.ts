// The webhooks as a real API server calls them: certificates, conversion, refusals, renewal under load.
import { X509Certificate } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { locustSchedule } from '../../../../operator/api/locust/locust-schedule.ts'
import { core, type Manifest } from '../../../../operator/framework/index.ts'
import { withoutConversion } from '../../../../operator/loadtest/admission/webhooks.ts'
import { VirtualClock } from '../../../../operator/framework/testing/index.ts'
import { names, oldSpec, startHookedPlane, v1Kind, type HookedPlane } from './hooked-plane.ts'
import {
  apply,
  eventually,
  namespaceFor,
  testKind,
  testSpec,
} from '../../../support/loadtest/load-tests.ts'

const { namespace, serviceName, crdName } = names
const dayMs = 24 * 3_600_000
/** Old enough that the certificate of the server, and then its authority, fall due when it moves on. */
const clock = new VirtualClock(Date.now() - 486.8 * dayMs)

let plane: HookedPlane
beforeAll(async () => {
  plane = await startHookedPlane(clock)
})
afterAll(() => plane?.stop())

const crd = async () => {
  const found = await plane.kube.get(core.crd, crdName)
  if (!found) throw new Error('no CRD')
  return found
}
const certificateOf = async () => {
  const secret = await plane.kube.get(core.secret, `${serviceName}-certificate`, namespace)
  const read = (field: string) => Buffer.from(secret?.data?.[field] ?? '', 'base64')
  return {
    serving: new X509Certificate(read('tls.crt')),
    authority: new X509Certificate(read('ca.crt')),
  }
}

test('what was stored as v1 is stored as v2 before the conversion begins', async () => {
  expect((await crd()).status?.storedVersions).toEqual(['v2'])
  expect(await plane.kube.get(testKind, 'ancient', 'default')).toBeDefined()
})

test('the certificate in use was issued long ago and is renewed', async () => {
  const first = await certificateOf()
  clock.skip(486.5 * dayMs)
  await clock.advance(60_000)
  const second = await eventually(async () => {
    const now = await certificateOf()
    expect(now.serving.fingerprint256).not.toBe(first.serving.fingerprint256)
    return now
  })
  expect(second.authority.fingerprint256).toBe(first.authority.fingerprint256)
})

test('converts both ways without a loss, through the API server', async () => {
  const { kube } = plane
  const ns = await namespaceFor(kube, 'converted')
  const spec = testSpec({
    master: { command: 'x', autostart: false, autoquit: { enabled: true, timeout: 0 } },
    env: { variables: [{ name: 'A', value: 'b' }] },
    thresholds: { p95Ms: 5 },
  })
  const before = await eventually(() => apply(kube, ns, 'shop', spec))
  // The API server calls the conversion some time after it has taken the CRD's change.
  await eventually(async () => {
    const asV1 = await kube.get(v1Kind, 'shop', ns)
    expect(asV1?.spec).toMatchObject({ masterCommandSeed: 'x', workerReplicas: 2 })
  })
  await kube.patch(
    v1Kind,
    { namespace: ns, name: 'shop' },
    { metadata: { labels: { a: 'b' } } },
    { type: 'merge' },
  )
  const labelled = await kube.get(testKind, 'shop', ns)
  expect(labelled?.spec).toEqual(before.spec)
  expect(labelled?.metadata.annotations).toBe(undefined)
  await kube.patch(
    v1Kind,
    { namespace: ns, name: 'shop' },
    { spec: { workerReplicas: 5 } },
    { type: 'merge' },
  )
  const scaled = await kube.get(testKind, 'shop', ns)
  expect(scaled?.spec).toEqual({ ...before.spec, worker: { ...before.spec.worker, replicas: 5 } })
})

test('an object of v1 becomes one of v2', async () => {
  const { kube } = plane
  const ns = await namespaceFor(kube, 'old')
  await kube.create(v1Kind, { metadata: { name: 'shop', namespace: ns }, spec: oldSpec })
  const found = await kube.get(testKind, 'shop', ns)
  expect(found?.spec).toMatchObject({
    image: 'i',
    master: { command: '-f a.py', autostart: true, autoquit: { enabled: true, timeout: 60 } },
    worker: { command: '-f a.py', replicas: 1 },
  })
})

test.each([
  [{ volumes: [{ name: 'secret-x' }] }, 'spec.volumes[0].name: volume name "secret-x" uses'],
  [{ master: { command: '-f "a' } }, 'spec.master.command: expected balanced quotes'],
])('%j is refused by name', async (more, message) => {
  const obj = { metadata: { name: 'bad', namespace: 'default' }, spec: { ...testSpec(), ...more } }
  await expect(plane.kube.create(testKind, obj, { dryRun: true })).rejects.toThrow(message)
})

test('a request in v1 is validated too', async () => {
  const obj = {
    metadata: { name: 'bad', namespace: 'default' },
    spec: { ...oldSpec, masterCommandSeed: "'" },
  }
  await expect(plane.kube.create(v1Kind, obj)).rejects.toThrow('spec.masterCommandSeed: expected')
})

test('two tests whose objects would have the same names are not both accepted', async () => {
  const { kube } = plane
  const ns = await namespaceFor(kube, 'twins')
  await apply(kube, ns, 'a.b', testSpec())
  const twin = { metadata: { name: 'a-b', namespace: ns }, spec: testSpec() }
  await eventually(() =>
    expect(kube.create(testKind, twin, { dryRun: true })).rejects.toThrow(
      'metadata.name: the objects of "a-b" would have the names of those of LocustTest a.b (a-b-master)',
    ),
  )
})

test('a schedule is refused for its tests and for its time', async () => {
  const metadata = { name: 'nightly', namespace: 'default' }
  const bad = testSpec({ worker: { command: '"', replicas: 1 } })
  const spec = { schedule: '0 25 * * *', testTemplate: { spec: bad } }
  const create = plane.kube.create(locustSchedule, { metadata, spec })
  await expect(create).rejects.toThrow(
    'spec.schedule: expected numbers from 0 to 23 instead of "25"',
  )
  await expect(create).rejects.toThrow(
    'spec.testTemplate.spec.worker.command: expected balanced quotes',
  )
})

test('renews its certificate and its authority under load without one refused request', async () => {
  const { kube } = plane
  const ns = await namespaceFor(kube, 'rotated')
  const before = await certificateOf()
  let [requests, loading] = [0, true]
  const load = async (name: string): Promise<void> => {
    await apply(kube, ns, name, testSpec())
    while (loading) {
      // Each is converted, and validated because its spec changes.
      const spec = { workerReplicas: 1 + (requests % 50) }
      await kube.patch(v1Kind, { namespace: ns, name }, { spec }, { type: 'merge' })
      requests += 1
    }
  }
  const all = Promise.all(['a', 'b', 'c', 'd'].map((name) => load(name)))
  const more = (count: number) =>
    eventually(() => Promise.resolve(expect(requests).toBeGreaterThan(count)), 60_000)
  try {
    await Promise.race([more(20), all])
    clock.skip(0.3 * dayMs)
    await clock.advance(60_000)
    const after = await eventually(async () => {
      const now = await certificateOf()
      expect(now.authority.fingerprint256).not.toBe(before.authority.fingerprint256)
      return now
    })
    await Promise.race([more(requests + 40), all])
    expect(after.serving.fingerprint256).not.toBe(before.serving.fingerprint256)
  } finally {
    loading = false
    await all
  }
})

test('who applies CRD or configuration again wipes no caBundle', async () => {
  const { kube } = plane
  const configuration = await kube.get(core.validatingWebhookConfiguration, serviceName)
  const bundle = configuration?.webhooks?.[0]?.clientConfig.caBundle
  expect(bundle).toBeDefined()
  const again = await kube.apply(
    core.validatingWebhookConfiguration,
    reapplied(configuration as Manifest),
    { fieldManager: 'helm', force: true },
  )
  expect(again.webhooks?.[0]?.clientConfig.caBundle).toBe(bundle)
  expect((await crd()).spec.conversion?.webhook?.clientConfig?.caBundle).toBe(bundle)
})

/** As the chart has it: no caBundle. */
function reapplied({ kind, apiVersion, metadata, ...rest }: Manifest): Manifest {
  const webhooks = rest['webhooks'] as { clientConfig: { service: object } }[]
  return {
    kind: kind ?? '',
    apiVersion: apiVersion ?? '',
    metadata: { name: metadata.name ?? '', labels: { again: 'yes' } },
    webhooks: webhooks.map((webhook) => ({
      ...webhook,
      clientConfig: { service: webhook.clientConfig.service },
    })),
  }
}

test('an operator without webhooks gives the conversion back, and v1 still works', async () => {
  await withoutConversion(plane.own, { namespace, serviceName })
  expect((await crd()).spec.conversion).toEqual({ strategy: 'None' })
  await eventually(async () => {
    const ancient = await plane.kube.get(v1Kind, 'ancient', 'default')
    expect(ancient?.spec).toMatchObject(oldSpec)
  })
})
