// What a webhook reads of those who are not the API server, over real TLS.
import { request, type RequestOptions } from 'node:https'
import type { ClientRequest } from 'node:http'
import { expect, onTestFinished, test, vi } from 'vitest'
import { post, prepared, review } from './hooks.ts'

const mebi = 1024 * 1024

type Call = { port: number; ca: string; headers?: Record<string, string>; localAddress?: string }

function open({ port, ca, ...o }: Call): ClientRequest {
  const to: RequestOptions = { host: '127.0.0.1', port, path: '/v', method: 'POST' }
  const call = request({ ...to, ...o, ca, servername: 'hooks.ops.svc', agent: false })
  call.on('error', () => undefined) // the server hangs up in the middle
  onTestFinished(() => void call.destroy())
  return call
}

const statusOf = (call: ClientRequest): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    call.once('response', ({ statusCode }) => resolve(statusCode))
    call.once('close', () => reject(new Error('closed without an answer')))
  })

async function hook() {
  const asked: string[] = []
  const t = await prepared()
  const { port } = await t.start({
    validate: { '/v': ({ object }) => void asked.push(object?.metadata.name ?? '') },
  })
  const at = { port, ca: await t.ca() }
  const ask = (name: string, more: object = {}) =>
    post({ ...at, path: '/v', body: review({ metadata: { name }, ...more }) })
  return { at, ask, asked, clock: t.clock }
}

test('takes what the API server can send: an object of 3 MiB and the one before', async () => {
  const { ask, asked } = await hook()
  const { status } = await ask('large', { spec: 'x'.repeat(6 * mebi) })
  expect({ status, asked }).toEqual({ status: 200, asked: ['large'] })
})

test('a larger body is refused by its length, without being read', async () => {
  const { at } = await hook()
  const call = open({ ...at, headers: { 'content-length': String(9 * mebi) } })
  call.flushHeaders()
  expect(await statusOf(call)).toBe(413)
})

test('a body without a length is read up to the limit', async () => {
  const { at, asked } = await hook()
  const call = open({ ...at, headers: { 'transfer-encoding': 'chunked' } })
  for (let sent = 0; sent < 9; sent += 1) call.write('x'.repeat(mebi))
  expect(await statusOf(call)).toBe(413)
  expect(asked).toEqual([])
})

test('callers that never end their bodies are let go, and keep nobody else out meanwhile', async () => {
  const { at, asked, clock } = await hook()
  const answers: (number | undefined)[] = []
  for (let n = 0; n < 20; n += 1) {
    const call = open({ ...at, headers: { 'content-length': '1000' }, localAddress: '127.0.0.2' })
    call.write('{')
    void statusOf(call).then((status) => answers.push(status))
  }
  const honest = open({ ...at, localAddress: '127.0.0.3' })
  honest.end(JSON.stringify(review({ metadata: { name: 'honest' } })))
  expect(await statusOf(honest)).toBe(200)
  expect({ asked, answers }).toEqual({ asked: ['honest'], answers: [] })
  await vi.waitFor(
    async () => {
      await clock.advance(1_000)
      expect(answers.length).toBe(20)
    },
    { timeout: 60_000 },
  )
  expect(new Set(answers)).toEqual(new Set([408, 429]))
}, 90_000)

test('one address holds a part of the connections', async () => {
  const { at, ask } = await hook()
  let closed = 0
  for (let n = 0; n < 200; n += 1) {
    const call = open({ ...at, headers: { 'content-length': '9' }, localAddress: '127.0.0.2' })
    call.flushHeaders()
    call.once('close', () => (closed += 1))
  }
  expect((await ask('honest')).status).toBe(200)
  await vi.waitFor(() => expect(closed).toBe(200 - 128), { timeout: 60_000 })
})
