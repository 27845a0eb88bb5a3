// What a connection to a tenant's API server may be made of, and what is refused before anything is sent anywhere.
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import {
  connectTenant,
  tenantApi,
  TenantApiError,
  type TenantApi,
} from '../../../../operator/framework/index.ts'
import { createAuthority } from '../../../sandbox/kubernetes/pki.ts'

const authority = createAuthority('tenant')
const base64 = (text: string) => Buffer.from(text).toString('base64')
const good: TenantApi = {
  server: 'https://0123ABCD.gr7.eu-west-1.eks.amazonaws.com',
  certificateAuthority: base64(authority.cert),
  token: 'k8s-aws-v1.aHR0cHM6Ly9zdHM',
}

test.each(['https://127.0.0.1:6443', 'https://[::1]:6443', 'https://a', good.server])(
  'takes %s',
  (server) => expect(tenantApi({ ...good, server }).server).toBe(server),
)

test.each([
  '',
  'http://a',
  'HTTP://a',
  'ftp://a',
  'file:///etc/passwd',
  'unix:///var/run/docker.sock',
  'a',
  'a:443',
  '//a',
  'https://',
  'https:a',
  'https:\\\\a',
  'https://a\\b',
  'https://a/',
  'https://a/api',
  'https://a?x=y',
  'https://a#x',
  'https://user@a',
  'https://user:password@a',
  'https://a@b',
  'https://a\n.b',
  '\nhttps://a',
  'https://a b',
  'https://a,b',
  'https://a:99999',
  'https://a:443:443',
  'https://ａ',
  'https://[::1',
])('refuses the server %j, saying what was expected', (server) => {
  const wrong = () => tenantApi({ ...good, server })
  expect(wrong).toThrow(TenantApiError)
  expect(wrong).toThrow(/^server: expected https:\/\/host or https:\/\/host:port, got "/)
})

test.each([
  '',
  'Q0E=',
  base64(authority.key),
  base64('-----BEGIN CERTIFICATE-----\nQ0E=\n'),
  '/etc/ssl/ca.pem',
])('refuses the authority %j: none would mean those of the machine', (certificateAuthority) => {
  expect(() => tenantApi({ ...good, certificateAuthority })).toThrow(/^certificateAuthority: /)
})

test.each(['', 'a\r\nx-evil: 1', 'a b', 'é'])(
  'refuses the token %j without showing it',
  (token) => {
    expect(() => tenantApi({ ...good, token })).toThrow('token: expected visible ASCII characters')
  },
)

test('keeps nothing else that the object has', () => {
  const more = {
    ...good,
    cert: 'x',
    key: 'x',
    insecureSkipTlsVerify: true,
    proxy: {},
    serverName: 'x',
  }
  expect(tenantApi(more)).toEqual(good)
})

type Asked = { authorization: string | undefined; url: string | undefined }
const asked: Asked[] = []
const keys = { commonName: 'api', serves: ['127.0.0.1'] }
const [honest, other] = [authority, createAuthority('somebody else')].map((issuer) =>
  createServer(issuer.issue(keys), (request, response) => {
    asked.push({ authorization: request.headers.authorization, url: request.url })
    if (request.url === '/moved') response.writeHead(302, { location: 'https://127.0.0.1:1/' })
    response.end('{}')
  }),
) as [Server, Server] // one for each of the two
beforeAll(() =>
  Promise.all(
    [honest, other].map(
      (server) => new Promise<void>((done) => server.listen(0, '127.0.0.1', done)),
    ),
  ),
)
afterAll(() => [honest, other].forEach((server) => server.close()))

function at(server: Server): string {
  const { port } = server.address() as AddressInfo // it listens on TCP
  return `https://127.0.0.1:${port}`
}

async function asking(api: TenantApi, path: string) {
  asked.splice(0)
  const kube = connectTenant(api)
  try {
    return await kube.request('POST', path)
  } finally {
    kube.close()
  }
}

test('sends the token to a server of that authority, and follows it nowhere', async () => {
  await asking({ ...good, server: at(honest) }, '/x')
  expect(asked).toEqual([{ authorization: `Bearer ${good.token}`, url: '/x' }])
  await expect(asking({ ...good, server: at(honest) }, '/moved')).rejects.toThrow('302')
})

test('tells a server of another authority nothing, whatever object and environment say', async () => {
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
  const lax = { insecureSkipTlsVerify: true, rejectUnauthorized: false }
  const api = { ...good, ...lax, server: at(other) }
  await expect(asking(api, '/x')).rejects.toThrow()
  vi.unstubAllEnvs()
  expect(asked).toEqual([])
})
