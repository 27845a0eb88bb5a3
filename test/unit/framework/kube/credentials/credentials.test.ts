// Who a pod is to its API server: the files of its service account, and the token that the kubelet replaces.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { connect, core, inClusterCredentials } from '../../../../../operator/framework/index.ts'

let dir: string
let server: Server | undefined
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'service-account-'))
  writeFileSync(join(dir, 'ca.crt'), 'CA')
  writeFileSync(join(dir, 'token'), 'first\n')
})
afterEach(() => {
  server?.close()
  server?.closeAllConnections()
  rmSync(dir, { recursive: true, force: true })
})

const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' }

test.each([
  ['10.96.0.1', 'https://10.96.0.1:443'],
  ['fd00::1', 'https://[fd00::1]:443'],
])('finds the API server at %s', (host, expected) => {
  const credentials = inClusterCredentials({ env: { ...env, KUBERNETES_SERVICE_HOST: host }, dir })
  expect(credentials).toMatchObject({ server: expected, ca: 'CA' })
})

test('says so outside of a cluster', () => {
  expect(() => inClusterCredentials({ env: {}, dir })).toThrow('not in a cluster')
})

test('reads a replaced token within a minute, and at once after a refusal', async () => {
  let now = 0
  const { token } = inClusterCredentials({ env, dir, monotonic: () => now })
  expect(await token?.()).toBe('first')
  writeFileSync(join(dir, 'token'), 'second')
  now = 60_000
  expect(await token?.()).toBe('first')
  now = 60_001
  expect(await token?.()).toBe('second')
  writeFileSync(join(dir, 'token'), 'third')
  expect(await token?.()).toBe('second')
  expect(await token?.({ refresh: true })).toBe('third')
  expect(await token?.()).toBe('third')
})

test('a request that is refused with the old token goes through with the new one', async () => {
  const seen: (string | undefined)[] = []
  server = createServer((request, response) => {
    seen.push(request.headers.authorization)
    const allowed = request.headers.authorization === 'Bearer second'
    response.writeHead(allowed ? 200 : 401).end('{"metadata":{"name":"p"}}')
  })
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on TCP
  const { token } = inClusterCredentials({ env, dir })
  await token?.()
  writeFileSync(join(dir, 'token'), 'second')
  const kube = connect({ server: `http://127.0.0.1:${port}`, ...(token && { token }) })
  expect((await kube.get(core.pod, 'p', 'ns'))?.metadata.name).toBe('p')
  kube.close()
  expect(seen).toEqual(['Bearer first', 'Bearer second'])
})
