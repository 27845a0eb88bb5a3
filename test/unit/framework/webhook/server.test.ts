// Webhooks over real TLS, their certificates in the fake API server and in virtual time.
import { X509Certificate } from 'node:crypto'
import { request } from 'node:https'
import { connect as tlsConnect } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import {
  core,
  webhookServer,
  type Manifest,
  type WebhookOptions,
  type WebhookServer,
} from '../../../../operator/framework/index.ts'
import {
  createAuthority,
  issueServing,
} from '../../../../operator/framework/webhook/certificates.ts'
import { FakeApiServer } from '../../../support/fake-apiserver/index.ts'
import { testLog } from '../../../support/silent-log.ts'
import { VirtualClock } from '../../../support/virtual-clock.ts'

const running: WebhookServer[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
})

const service = { name: 'hooks', namespace: 'ops' }
const day = 24 * 3_600_000

async function prepared(startMs = Date.now()) {
  const clock = new VirtualClock(startMs)
  const api = new FakeApiServer({ clock })
  const kube = api.kube()
  await kube.create(core.validatingWebhookConfiguration, {
    metadata: { name: 'rules' },
    webhooks: [
      { name: 'ours.example.com', clientConfig: { service } },
      {
        name: 'theirs.example.com',
        clientConfig: { service: { name: 'other', namespace: 'ops' }, caBundle: 'VEhFSVJT' },
      },
    ],
  })
  await kube.create(core.crd, {
    metadata: { name: 'widgets.example.com' },
    spec: { conversion: { strategy: 'Webhook', webhook: { clientConfig: { service } } } },
  })
  const start = async (o: Partial<WebhookOptions> = {}) => {
    const server = await webhookServer({
      kube,
      clock,
      log: testLog().log,
      namespace: 'ops',
      secretName: 'hooks-tls',
      serviceName: 'hooks',
      port: 0,
      host: '127.0.0.1',
      injectInto: [
        { kind: core.validatingWebhookConfiguration, name: 'rules' },
        { kind: core.crd, name: 'widgets.example.com' },
      ],
      ...o,
    })
    running.push(server)
    return server
  }
  const bundles = async () => {
    const rules = await kube.get(core.validatingWebhookConfiguration, 'rules')
    const crd = await kube.get(core.crd, 'widgets.example.com')
    return [
      ...(rules?.webhooks ?? []).map(({ clientConfig }) => clientConfig.caBundle),
      crd?.spec.conversion?.webhook?.clientConfig?.caBundle,
    ]
  }
  const ca = async () => Buffer.from((await bundles())[0] ?? '', 'base64').toString()
  return { clock, api, kube, start, bundles, ca }
}

/** As the API server calls: by the service's name, trusting the injected bundle alone. */
function post(o: {
  port: number
  ca: string
  path: string
  body: unknown
}): Promise<{ status: number; body: never }> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: '127.0.0.1',
        port: o.port,
        path: o.path,
        method: 'POST',
        ca: o.ca,
        servername: 'hooks.ops.svc',
        agent: false,
      },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            body: JSON.parse(Buffer.concat(parts).toString()) as never,
          }),
        )
      },
    )
    call.on('error', reject)
    call.end(JSON.stringify(o.body))
  })
}

const servedCertificate = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = tlsConnect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '')
      socket.destroy()
    })
    socket.on('error', reject)
  })

const review = (object: object) => ({
  request: { uid: 'r1', operation: 'CREATE', object, userInfo: {} },
})

test('admits, refuses with a message, and warns', async () => {
  const t = await prepared()
  const { port } = await t.start({
    validate: {
      '/v': ({ object }) =>
        object?.metadata.name === 'bad'
          ? { allowed: false, message: 'metadata.name: expected something good' }
          : { allowed: true, warnings: ['careful'] },
    },
  })
  const ask = async (name: string) =>
    post({ port, ca: await t.ca(), path: '/v', body: review({ metadata: { name } }) })
  expect((await ask('good')).body).toMatchObject({
    response: { uid: 'r1', allowed: true, warnings: ['careful'] },
  })
  expect((await ask('bad')).body).toMatchObject({
    response: {
      allowed: false,
      status: { code: 403, message: 'metadata.name: expected something good' },
    },
  })
})

test('converts every object and keeps its identity', async () => {
  const t = await prepared()
  const convert = (obj: Manifest): Manifest => ({
    spec: { count: 1 },
    metadata: { name: 'forged', labels: { new: 'x' } },
    old: obj['spec'],
  })
  const { port } = await t.start({ convert: { '/convert': convert } })
  const objects = [
    {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'a', uid: 'u', labels: { old: 'y' } },
      spec: { size: 1 },
    },
  ]
  const body = { request: { uid: 'c1', desiredAPIVersion: 'example.com/v2', objects } }
  expect((await post({ port, ca: await t.ca(), path: '/convert', body })).body).toMatchObject({
    response: {
      uid: 'c1',
      result: { status: 'Success' },
      convertedObjects: [
        {
          apiVersion: 'example.com/v2',
          metadata: { name: 'a', uid: 'u', labels: { new: 'x' } },
          old: { size: 1 },
        },
      ],
    },
  })
})

test('a converter that throws fails the review, a validator that throws fails the call', async () => {
  const t = await prepared()
  const boom = () => {
    throw new Error('boom')
  }
  const { port } = await t.start({ convert: { '/c': boom }, validate: { '/v': boom } })
  const ca = await t.ca()
  const conversion = {
    request: { uid: 'c1', desiredAPIVersion: 'v2', objects: [{ metadata: {} }] },
  }
  expect((await post({ port, ca, path: '/c', body: conversion })).body).toMatchObject({
    response: { result: { status: 'Failure', message: 'boom' } },
  })
  expect(await post({ port, ca, path: '/v', body: review({}) })).toMatchObject({
    status: 500,
    body: { message: 'boom' },
  })
  expect((await post({ port, ca, path: '/none', body: {} })).status).toBe(404)
})

test('injects where its service is named and nowhere else, and again when it is wiped', async () => {
  const t = await prepared()
  await t.start()
  const [ours, theirs, crd] = await t.bundles()
  expect(theirs).toBe('VEhFSVJT')
  expect(ours).toBe(crd)
  expect(Buffer.from(ours ?? '', 'base64').toString()).toContain('BEGIN CERTIFICATE')
  const wipe = [{ op: 'remove', path: '/spec/conversion/webhook/clientConfig/caBundle' }]
  await t.kube.patch(core.crd, { name: 'widgets.example.com' }, wipe, { type: 'json' })
  await t.clock.advance(61_000)
  expect(await t.bundles()).toEqual([ours, theirs, ours])
})

test('two replicas that start together share one authority', async () => {
  const t = await prepared()
  const [one, two] = await Promise.all([t.start(), t.start()])
  expect(await servedCertificate(one.port)).toBe(await servedCertificate(two.port))
})

test('the serving certificate is renewed in time, without a gap of trust', async () => {
  const t = await prepared()
  const { port } = await t.start({ validate: { '/v': () => undefined } })
  const before = { served: await servedCertificate(port), ca: await t.ca() }
  await t.kube.get(core.secret, 'hooks-tls', 'ops')
  await jump(t.clock, 61 * day)
  expect(await servedCertificate(port)).not.toBe(before.served)
  expect(await t.ca()).toBe(before.ca)
})

test('the authority is renewed in time, and the old one trusted until it ends', async () => {
  const t = await prepared()
  await t.start()
  const before = await t.ca()
  await jump(t.clock, 490 * day)
  const bundle = await t.ca()
  expect(bundle).not.toBe(before)
  expect(bundle).toContain(before)
})

test('a replica that began its check before the renewal by another one does not undo it', async () => {
  const t = await prepared(Date.now() - 490 * day) // TLS goes by the real clock, which has to be the later one
  const held = { arrived: Promise.withResolvers<void>(), goOn: Promise.withResolvers<void>() }
  let hold = false
  const slow: WebhookOptions['kube'] = {
    ...t.kube,
    async get(kind, ...rest) {
      if (hold && kind.kind === 'ValidatingWebhookConfiguration') {
        held.arrived.resolve()
        await held.goOn.promise
      }
      return t.kube.get(kind, ...rest)
    },
  }
  const one = await t.start({ validate: { '/v': () => undefined } })
  await t.start({ kube: slow })
  const before = await t.ca()
  hold = true
  await t.clock.advance(61_000)
  await held.arrived.promise
  await jump(t.clock, 490 * day)
  const renewed = await t.ca()
  expect(renewed).not.toBe(before)
  held.goOn.resolve()
  await t.clock.settle()
  expect(await t.ca()).toBe(renewed)
  const answer = await post({ port: one.port, ca: await t.ca(), path: '/v', body: review({}) })
  expect(answer.status).toBe(200)
})

test('a Secret that was deleted or garbled is made anew', async () => {
  const t = await prepared()
  const { port } = await t.start({ validate: { '/v': () => undefined } })
  const before = await servedCertificate(port)
  await t.kube.patch(
    core.secret,
    { name: 'hooks-tls', namespace: 'ops' },
    { data: { 'tls.crt': 'Z2FyYmxl' } },
    { type: 'merge' },
  )
  await t.clock.advance(61_000)
  expect(await servedCertificate(port)).not.toBe(before)
  const answer = await post({ port, ca: await t.ca(), path: '/v', body: review({}) })
  expect(answer.status).toBe(200)
})

test('the certificate is for the names by which the API server calls', async () => {
  const t = await prepared()
  await t.start()
  const secret = await t.kube.get(core.secret, 'hooks-tls', 'ops')
  const cert = new X509Certificate(Buffer.from(secret?.data?.['tls.crt'] ?? '', 'base64'))
  expect(cert.subjectAltName).toContain('DNS:hooks.ops.svc')
  expect(cert.verify(new X509Certificate(await t.ca()).publicKey)).toBe(true)
})

test('given certificates are waited for, served, followed and never written', async () => {
  const t = await prepared()
  const issued = (cn: string) => {
    const now = t.clock.now()
    const validity = { notBefore: new Date(now - day), notAfter: new Date(now + day) }
    const ca = createAuthority(cn, validity)
    const serving = issueServing(ca, ['hooks.ops.svc'], validity)
    const data = { 'tls.crt': serving.cert, 'tls.key': serving.key, 'ca.crt': ca.cert }
    const encoded = Object.entries(data).map(([k, v]) => [k, Buffer.from(v).toString('base64')])
    return Object.fromEntries(encoded) as Record<string, string>
  }
  const metadata = { name: 'hooks-tls', namespace: 'ops' }
  const starting = t.start({ certificates: 'given', validate: { '/v': () => undefined } })
  await t.clock.advance(5_000)
  expect(await t.ca()).toBe('')
  const first = await t.kube.create(core.secret, { metadata, data: issued('one') })
  await t.clock.advance(1_000)
  const { port } = await starting
  const ask = async () => post({ port, ca: await t.ca(), path: '/v', body: review({}) })
  expect((await ask()).status).toBe(200)
  const kept = await t.kube.get(core.secret, 'hooks-tls', 'ops')
  expect(kept?.metadata.resourceVersion).toBe(first.metadata.resourceVersion)
  const before = await servedCertificate(port)
  await t.kube.patch(core.secret, metadata, { data: issued('two') }, { type: 'merge' })
  await t.clock.advance(61_000)
  expect(await servedCertificate(port)).not.toBe(before)
  expect((await ask()).status).toBe(200)
})

test('who waits for given certificates can be stopped', async () => {
  const t = await prepared()
  const stop = new AbortController()
  const starting = t.start({ certificates: 'given', signal: stop.signal })
  stop.abort(new Error('shutdown'))
  await expect(starting).rejects.toThrow('shutdown')
})

/** A long sleep of the machine: one check follows it, as timers do. */
async function jump(clock: VirtualClock, ms: number): Promise<void> {
  clock.skip(ms)
  await clock.advance(61_000)
}
