// What probes and Prometheus are answered.
import { connect } from 'node:net'
import { once } from 'node:events'
import { Counter, Gauge, Registry } from 'prom-client'
import { afterEach, expect, test } from 'vitest'
import type { Vitals } from '../../../../operator/framework/health/checks.ts'
import { healthServer, type HealthServer } from '../../../../operator/framework/health/server.ts'

const well: Vitals = {
  watches: [{ kind: 'Widget', silentMs: 1_000, idleMs: 1_000, synced: true }],
  queues: [],
  own: [],
  lease: 'leading',
  eventLoopLagMs: 20,
}
let server: HealthServer | undefined
afterEach(async () => {
  await server?.stop()
  server = undefined
})

async function serving(vitals: () => Vitals, registry = new Registry()) {
  server = await healthServer({ port: 0, host: '127.0.0.1', registry, vitals })
  const { port } = server
  return async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`)
    return { status: response.status, text: await response.text(), headers: response.headers }
  }
}

test('answers from what is true at that moment, check by check', async () => {
  let lease: Vitals['lease'] = 'standby'
  const get = await serving(() => ({ ...well, lease }))
  expect(await get('/healthz')).toMatchObject({
    status: 200,
    text: expect.stringContaining('[+] lease: standby\n'),
  })
  lease = 'lost'
  expect(await get('/healthz?verbose')).toMatchObject({
    status: 503,
    text: '[+] reflector Widget: last acted 1 s ago\n[-] lease: lost\n',
  })
  expect((await get('/readyz')).status).toBe(503)
})

test('is alive but not ready while the API server is silent', async () => {
  const watches = [{ kind: 'Widget', silentMs: 200_000, idleMs: 5, synced: true }]
  const get = await serving(() => ({ ...well, watches }))
  expect((await get('/healthz')).status).toBe(200)
  const { status, text } = await get('/readyz')
  expect(status).toBe(503)
  expect(text).toContain('[-] watch Widget: last heard 200 s ago\n')
})

test('shows the metrics of its registry in the format of Prometheus', async () => {
  const registry = new Registry()
  new Counter({ name: 'made_total', help: 'Made.', registers: [registry] }).inc(3)
  const { status, text, headers } = await (await serving(() => well, registry))('/metrics')
  expect(status).toBe(200)
  expect(headers.get('content-type')).toBe(registry.contentType)
  expect(text).toContain('made_total 3')
})

test('a metric that cannot be read costs the scrape, not the process', async () => {
  const registry = new Registry()
  const collect = () => Promise.reject(new Error('no answer'))
  new Gauge({ name: 'waiting', help: 'Waiting.', registers: [registry], collect })
  const get = await serving(() => well, registry)
  expect(await get('/metrics')).toMatchObject({ status: 500, text: 'no answer\n' })
  expect((await get('/healthz')).status).toBe(200)
})

test('knows no other path', async () => {
  expect((await (await serving(() => well))('/')).status).toBe(404)
})

test('stops though a prober keeps its connection open', async () => {
  await serving(() => well)
  const socket = connect(server?.port ?? 0, '127.0.0.1')
  await once(socket, 'connect')
  const closed = once(socket, 'close')
  await server?.stop()
  await closed
  server = undefined
})
