// The way to an API server that is behind a proxy.
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { connect, type ConnectOptions } from '../../../../../operator/framework/index.ts'
import { createAuthority } from '../../../../sandbox/kubernetes/pki.ts'
import { forwardProxy } from '../../../../support/connect-proxy.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

const authority = createAuthority('tests')

async function apiServer() {
  const { key, cert } = authority.issue({ commonName: 'api', serves: ['127.0.0.1'] })
  const server = createServer({ key, cert }, (_, response) => response.end('{"major":"1"}'))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(
    () => server.closeAllConnections(),
    () => server.close(),
  )
  return `127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function ask(host: string, o: ConnectOptions, ca = authority.cert) {
  const kube = connect({ server: `https://${host}`, ca }, o)
  ends.push(() => kube.close())
  return await kube.request('POST', '/version') // a GET would be tried again
}

test('goes through the proxy, and the server’s certificate is still checked', async () => {
  await using proxy = await forwardProxy()
  const host = await apiServer()
  const through = { proxy: { HTTPS_PROXY: proxy.url } }
  expect(await ask(host, through)).toEqual({ major: '1' })
  expect(proxy.asked).toEqual([host])
  await expect(ask(host, through, createAuthority('others').cert)).rejects.toThrow(/certificate/)
})

test('goes straight to what NO_PROXY names, and without a proxy in its options anywhere', async () => {
  await using proxy = await forwardProxy()
  const host = await apiServer()
  const around = { HTTPS_PROXY: proxy.url, NO_PROXY: 'localhost,127.0.0.1,.example' }
  expect(await ask(host, { proxy: around })).toEqual({ major: '1' })
  expect(await ask(host, {})).toEqual({ major: '1' })
  expect(proxy.asked).toEqual([])
})
