// What an API server can make a client hold and wait for: over real connections to servers that answer too much, too slowly,
// or ask to be left alone.
import { createServer, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import {
  connect,
  connectTenant,
  core,
  KubeError,
  type ConnectOptions,
} from '../../../../operator/framework/index.ts'
import { createAuthority } from '../../../sandbox/kubernetes/pki.ts'

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

type Script = (response: ServerResponse, url: URL) => void

async function served(script: Script, o: ConnectOptions = {}) {
  let requests = 0
  const server = createServer((request, response) => {
    requests += 1
    script(response, new URL(request.url ?? '/', 'http://server'))
  })
  const { port, open } = await listening(server)
  const kube = connect({ server: `http://127.0.0.1:${port}` }, o)
  ends.push(() => kube.close())
  return { kube, requests: () => requests, open }
}

/** The same as a tenant's. */
async function servedTenant(script: Script) {
  let requests = 0
  const authority = createAuthority('tests')
  const certificate = authority.issue({ commonName: 'api', serves: ['127.0.0.1'] })
  const server = createSecureServer(certificate, (request, response) => {
    requests += 1
    script(response, new URL(request.url ?? '/', 'https://server'))
  })
  const { port } = await listening(server)
  const certificateAuthority = Buffer.from(authority.cert).toString('base64')
  const api = { server: `https://127.0.0.1:${port}`, certificateAuthority, token: 'x' }
  const kube = connectTenant(api)
  ends.push(() => kube.close())
  return { kube, requests: () => requests }
}

async function listening(server: Server | SecureServer) {
  let open = 0
  server.on('connection', (socket: Socket) => {
    open += 1
    socket.once('close', () => (open -= 1))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo // it listens on TCP
  return { port, open: () => open }
}

const piece = 'x'.repeat(65_536)
/** Writes until the other side has enough. */
function flood(response: ServerResponse, start = '') {
  response.write(start)
  const more = () => {
    while (!response.destroyed && response.write(piece));
    if (!response.destroyed) response.once('drain', more)
  }
  more()
}
const tooLarge = { name: 'KubeError', status: 0, reason: 'AnswerTooLarge' }
const never = new AbortController().signal

test.each([
  ['an answer without end', 200, {}],
  ['one that says its size', 200, { 'content-length': String(2 ** 40) }],
  ['a refusal', 500, {}],
])(
  '%s is given up at the limit, with its connection, and not asked for again',
  async (_, status, headers) => {
    const t = await served((response) => flood(response.writeHead(status, headers)), {
      maxAnswerBytes: 200_000,
    })
    await expect(t.kube.request('GET', '/version')).rejects.toMatchObject(tooLarge)
    await expect.poll(t.open).toBe(0)
    expect(t.requests()).toBe(1)
  },
)

test('what others control is read to 8 MiB, and not further', async () => {
  let size = 8 * 2 ** 20 - 2
  const t = await servedTenant((response) => response.end(`"${'x'.repeat(size)}"`))
  expect(await t.kube.request('GET', '/a')).toHaveLength(size)
  size += 1
  await expect(t.kube.request('GET', '/a')).rejects.toMatchObject(tooLarge)
})

test('an event of a watch without end is given up too', async () => {
  const t = await served((response) => flood(response, '{"type":"ADDED","object":"'), {
    maxAnswerBytes: 200_000,
  })
  const watch = t.kube.watch(core.pod, { resourceVersion: '1', signal: never })
  await expect(all(watch)).rejects.toMatchObject(tooLarge)
  await expect.poll(t.open).toBe(0)
})

test('a watch may tell of much, an event at a time', async () => {
  const line = `${JSON.stringify({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '2' } } })}${' '.repeat(60_000)}\n`
  const t = await served((response) => response.end(line.repeat(20)), { maxAnswerBytes: 100_000 })
  const watch = t.kube.watch(core.pod, { resourceVersion: '1', signal: never })
  expect(await all(watch)).toHaveLength(20)
})

test('a watch that is refused at length is refused in short', async () => {
  const t = await served((response) => flood(response.writeHead(500)))
  const error = await all(t.kube.watch(core.pod, { resourceVersion: '1', signal: never })).then(
    () => undefined,
    (cause: unknown) => cause as KubeError,
  )
  expect(error?.status).toBe(500)
  expect(error?.message.length).toBeLessThan(2_100)
})

test('what others control is asked once, however it wants to be asked again', async () => {
  const t = await servedTenant((response) =>
    response.writeHead(503, { 'retry-after': '1000000' }).end('{}'),
  )
  const startedAt = performance.now()
  const error = await t.kube.request('GET', '/version').catch((cause: unknown) => cause)
  expect(performance.now() - startedAt).toBeLessThan(5_000)
  expect(error).toMatchObject({ status: 503, retryAfterMs: 300_000 })
  expect(t.requests()).toBe(1)
})

test('the words of a refusal are cut', async () => {
  const body = JSON.stringify({
    message: 'm'.repeat(100_000),
    reason: 'R'.repeat(100_000),
    details: [piece],
  })
  const t = await served((response) => response.writeHead(422).end(body))
  const error = await t.kube.request('GET', '/a').catch((cause: unknown) => cause as KubeError)
  expect(JSON.stringify(error).length).toBeLessThan(500)
  expect((error as KubeError).message).toHaveLength(8_192)
})

const list = (names: number[], next?: string) =>
  JSON.stringify({
    metadata: { resourceVersion: '7', ...(next && { continue: next }) },
    items: names.map((n) => ({
      metadata: { name: `p${n}`, annotations: { fat: 'x'.repeat(10_000) } },
    })),
  })

test('a list whose pages are too large is read in smaller ones', async () => {
  const t = await served(
    (response, { searchParams }) => {
      const [from, limit] = [
        Number(searchParams.get('continue')),
        Number(searchParams.get('limit')),
      ]
      const names = Array.from({ length: Math.min(limit, 40 - from) }, (_, n) => from + n)
      response.end(list(names, from + limit < 40 ? String(from + limit) : undefined))
    },
    { maxAnswerBytes: 100_000 },
  )
  const { items, resourceVersion } = await t.kube.list(core.pod)
  expect(items.map(({ metadata }) => metadata.name)).toEqual(
    Array.from({ length: 40 }, (_, n) => `p${n}`),
  )
  expect(resourceVersion).toBe('7')
})

test('several calls together take no more than their budget', async () => {
  const t = await served((response) => response.end(list([1], 'more')))
  const budget = { signal: never, maxBytes: 50_000 }
  const pages = t.kube.within(budget).pages(core.pod)
  await expect(all(pages)).rejects.toMatchObject(tooLarge)
  expect(t.requests()).toBe(5)
})

test('several calls together take no longer than their budget', async () => {
  const late = new AbortController()
  const t = await served((response, { searchParams }) => {
    if (searchParams.has('continue'))
      late.abort(new KubeError('late', { status: 0, reason: 'ETIMEDOUT' }))
    else response.end(list([1], 'more'))
  })
  const pages = t.kube.within({ signal: late.signal, maxBytes: 1e6 }).pages(core.pod)
  await expect(all(pages)).rejects.toMatchObject({ reason: 'ETIMEDOUT' })
})
