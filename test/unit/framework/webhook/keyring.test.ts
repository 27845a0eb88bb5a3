// The certificates of webhooks: shared by replicas, renewed in time, or given by somebody else.
import { X509Certificate } from 'node:crypto'
import { connect as tlsConnect } from 'node:tls'
import { expect, test } from 'vitest'
import { core, type WebhookOptions } from '../../../../operator/framework/index.ts'
import {
  createAuthority,
  issueServing,
} from '../../../../operator/framework/webhook/certificates.ts'
import type { VirtualClock } from '../../../../operator/framework/testing/index.ts'
import { post, prepared, review } from './hooks.ts'

const day = 24 * 3_600_000

const servedCertificate = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = tlsConnect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()?.fingerprint256 ?? '')
      socket.destroy()
    })
    socket.on('error', reject)
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
