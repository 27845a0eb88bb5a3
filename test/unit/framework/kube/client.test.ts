// The client over real connections to a scripted HTTP server: retries, tokens, resets, timeouts, keep-alive.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import {
  connect,
  core,
  KubeError,
  type ConnectOptions,
} from '../../../../operator/framework/index.ts'

type Script = (request: IncomingMessage, response: ServerResponse, turn: number) => void
const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

async function scripted(
  script: Script,
  o: ConnectOptions & { token?: (r?: { refresh?: boolean }) => Promise<string> } = {},
) {
  let turn = 0
  let connections = 0
  const server = createServer((request, response) => script(request, response, (turn += 1)))
  server.on('connection', () => (connections += 1))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const { token, ...options } = o
  const kube = connect({ server: `http://127.0.0.1:${port}`, ...(token && { token }) }, options)
  ends.push(() => {
    kube.close()
    server.closeAllConnections()
    server.close()
  })
  return { kube, turns: () => turn, connections: () => connections }
}

const pod = JSON.stringify({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', uid: 'u', resourceVersion: '1' },
})
const ok = (response: ServerResponse) => response.end(pod)
const get = (kube: ReturnType<typeof connect>) => kube.get(core.pod, 'p', 'ns')

test('a read is tried again after 500, 429 and a reset', async () => {
  const t = await scripted((request, response, turn) => {
    if (turn === 1) response.writeHead(500).end('{}')
    else if (turn === 2) response.writeHead(429, { 'retry-after': '0' }).end('{}')
    else if (turn === 3) request.socket.destroy()
    else ok(response)
  })
  expect((await get(t.kube))?.metadata.name).toBe('p')
  expect(t.turns()).toBe(4)
})

test('a write is not tried again after 500 or a reset on a fresh connection', async () => {
  const t = await scripted((request, response, turn) => {
    if (turn === 1) response.writeHead(500).end('{"message":"boom","reason":"InternalError"}')
    else request.socket.destroy()
  })
  const create = () => t.kube.create(core.pod, { metadata: { name: 'p', namespace: 'ns' } })
  await expect(create()).rejects.toMatchObject({ status: 500, reason: 'InternalError' })
  await expect(create()).rejects.toBeInstanceOf(KubeError)
  expect(t.turns()).toBe(2)
})

test('a write that was refused by 429 is tried again', async () => {
  const t = await scripted((_, response, turn) => {
    if (turn === 1) response.writeHead(429, { 'retry-after': '0' }).end('{}')
    else response.writeHead(201).end(pod)
  })
  await t.kube.create(core.pod, { metadata: { name: 'p', namespace: 'ns' } })
  expect(t.turns()).toBe(2)
})

test('retries end', async () => {
  const t = await scripted((_, response) =>
    response.writeHead(429, { 'retry-after': '0' }).end('{}'),
  )
  const error = await get(t.kube).catch((cause: unknown) => cause)
  expect(error).toMatchObject({ status: 429, retryAfterMs: 0 })
  expect(t.turns()).toBe(5)
})

test('a 401 is answered with a fresh token, once', async () => {
  const asked: boolean[] = []
  const token = async ({ refresh = false } = {}) => {
    asked.push(refresh)
    return asked.includes(true) ? 'new' : 'old'
  }
  const t = await scripted(
    (request, response) => {
      if (request.headers.authorization === 'Bearer new') ok(response)
      else response.writeHead(401).end('{}')
    },
    { token },
  )
  expect((await get(t.kube))?.metadata.name).toBe('p')
  expect(t.turns()).toBe(2)
})

test('a token that stays refused is an error, not a loop', async () => {
  const t = await scripted((_, response) => response.writeHead(401).end('{}'), {
    token: async () => 'bad',
  })
  await expect(get(t.kube)).rejects.toMatchObject({ status: 401 })
  expect(t.turns()).toBe(2)
})

test('a server that does not answer is given up', async () => {
  const t = await scripted(() => undefined, { timeoutMs: 30 })
  const call = t.kube.delete(core.pod, { name: 'p', namespace: 'ns' })
  await expect(call).rejects.toMatchObject({ status: 0, reason: 'ETIMEDOUT' })
})

test('an abort ends a request with its reason', async () => {
  const stop = new AbortController()
  const t = await scripted(() => stop.abort(new Error('enough')))
  await expect(t.kube.get(core.pod, 'p', 'ns', { signal: stop.signal })).rejects.toThrow('enough')
})

test('requests share their connections', async () => {
  const t = await scripted((_, response) => ok(response))
  for (let n = 0; n < 20; n += 1) await get(t.kube)
  expect(t.connections()).toBe(1)
  await Promise.all(Array.from({ length: 100 }, () => get(t.kube)))
  expect(t.connections()).toBeLessThanOrEqual(16)
})

test('every request is recorded, retries too', async () => {
  const records: string[] = []
  const t = await scripted(
    (_, response, turn) => (turn === 1 ? response.writeHead(503).end() : ok(response)),
    { onRequest: ({ method, status }) => records.push(`${method} ${status}`) },
  )
  await get(t.kube)
  expect(records).toEqual(['GET 503', 'GET 200'])
})

test('what is no JSON is an error that names the call', async () => {
  const t = await scripted((_, response) => response.end('<html>'))
  await expect(get(t.kube)).rejects.toThrow(
    'GET /api/v1/namespaces/ns/pods/p: the answer is not JSON',
  )
})
