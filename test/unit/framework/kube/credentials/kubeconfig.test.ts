// Credentials from the kubeconfig of the process's own cluster: the contexts, what is inline and what is in files, exec
// plugins, and what is refused because it would be left out. Tenants' clusters are reached by tenant-api.ts alone.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { execToken } from '../../../../../operator/framework/kube/credentials/exec-plugin.ts'
import { kubeconfigCredentials } from '../../../../../operator/framework/kube/credentials/kubeconfig.ts'
import { ownClusterCredentials } from '../../../../../operator/framework/kube/credentials/own-cluster.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'kubeconfig-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const base64 = (text: string) => Buffer.from(text).toString('base64')
const server = 'https://10.0.0.1:6443'

const config = (o: { cluster?: object; user?: object; current?: string }) =>
  JSON.stringify({
    'current-context': o.current ?? 'main',
    contexts: [
      { name: 'main', context: { cluster: 'c', user: 'u' } },
      { name: 'other', context: { cluster: 'd' } },
      { name: 'broken', context: { cluster: 'gone' } },
    ],
    clusters: [
      { name: 'c', cluster: { server, ...o.cluster } },
      { name: 'd', cluster: { server: 'https://d' } },
      { name: 'e', cluster: {} },
    ],
    users: [{ name: 'u', user: { token: 'T', ...o.user } }],
  })

test('takes the current context, with certificates that are inline', async () => {
  const text = config({
    cluster: {
      'certificate-authority-data': base64('CA'),
      'tls-server-name': 'kubernetes',
      'insecure-skip-tls-verify': false,
    },
    user: { 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') },
  })
  const { token, ...rest } = kubeconfigCredentials(text)
  expect(rest).toEqual({
    server,
    ca: 'CA',
    serverName: 'kubernetes',
    insecureSkipTlsVerify: false,
    cert: 'CERT',
    key: 'KEY',
  })
  expect(await token?.()).toBe('T')
})

test('takes the context that is asked for; one without a user is anonymous', () => {
  expect(kubeconfigCredentials(config({}), { context: 'other' })).toEqual({ server: 'https://d' })
})

test('reads certificates and tokens from files', async () => {
  const path = (name: string, text: string) => {
    writeFileSync(join(dir, name), text)
    return join(dir, name)
  }
  const text = config({
    cluster: { 'certificate-authority': path('ca', 'CA') },
    user: {
      token: undefined,
      tokenFile: path('token', 'from-file\n'),
      'client-certificate': path('cert', 'CERT'),
      'client-key': path('key', 'KEY'),
    },
  })
  const { token, ...rest } = kubeconfigCredentials(text)
  expect(rest).toEqual({ server, ca: 'CA', cert: 'CERT', key: 'KEY' })
  expect(await token?.()).toBe('from-file')
})

test.each([
  ['', undefined, 'no current-context'],
  [config({ current: 'none' }), undefined, 'no context "none"'],
  [config({}), 'broken', 'no cluster "gone"'],
  [config({ cluster: { server: '' } }), undefined, 'cluster "c" has no server'],
])('says what is missing (%#)', (text, context, message) => {
  expect(() => kubeconfigCredentials(text, { context })).toThrow(message)
})

test('paths in a file begin at its folder, and a token’s file goes before a token', async () => {
  writeFileSync(join(dir, 'own-ca'), 'OWN')
  writeFileSync(join(dir, 'own-token'), 'from-file')
  const cluster = { 'certificate-authority': 'own-ca' }
  writeFileSync(join(dir, 'config'), config({ cluster, user: { tokenFile: './own-token' } }))
  const own = ownClusterCredentials({ kubeconfig: join(dir, 'config'), env: {} })
  expect(own.ca).toBe('OWN')
  expect(await own.token?.()).toBe('from-file')
})

test('a plugin beside the file is found, with the environment that is given and no other', async () => {
  writeFileSync(
    join(dir, 'plugin.sh'),
    `#!/bin/sh\necho "{\\"status\\":{\\"token\\":\\"$GIVEN.$VITEST\\"}}"\n`,
    { mode: 0o755 },
  )
  const exec = { command: './plugin.sh' }
  writeFileSync(join(dir, 'with-plugin'), config({ user: { token: undefined, exec } }))
  const env = { GIVEN: 'given' }
  const own = ownClusterCredentials({ kubeconfig: join(dir, 'with-plugin'), env })
  expect(await own.token?.()).toBe('given.')
})

test.each([
  ['a proxy', { cluster: { 'proxy-url': 'http://p' } }, 'cluster "c": expected server, '],
  ['an auth provider', { user: { 'auth-provider': {} } }, 'got auth-provider'],
  ['a password', { user: { username: 'a', password: 'b' } }, 'got username, password'],
  ['another identity', { user: { as: 'a', 'as-groups': ['b'] } }, 'got as, as-groups'],
  ['a token in the clear', { cluster: { server: 'http://10.0.0.1' } }, 'server: expected https'],
  ['no URL', { cluster: { server: '10.0.0.1:6443' } }, 'server: expected https'],
])('refuses %s, which would be left out', (_, given, message) => {
  expect(() => kubeconfigCredentials(config(given))).toThrow(message)
})

test.each(['http://127.0.0.1:8001', 'http://localhost:8001', 'http://[::1]:8001'])(
  'takes %s, which is on this machine',
  (local) => {
    expect(kubeconfigCredentials(config({ cluster: { server: local } })).server).toBe(local)
  },
)

/** A plugin that answers with the number of its run, and writes down what it was told. */
function plugin(status: object) {
  const runs = join(dir, `runs-${Math.random().toString(36).slice(2)}`)
  writeFileSync(runs, '')
  const script = `
    const { appendFileSync, readFileSync } = require('node:fs')
    appendFileSync(${JSON.stringify(runs)}, process.env.KUBERNETES_EXEC_INFO + ' ' + process.env.ROLE + '\\n')
    const run = readFileSync(${JSON.stringify(runs)}, 'utf8').split('\\n').length - 1
    console.log(JSON.stringify({ kind: 'ExecCredential', status: { token: 'token-' + run, ...${JSON.stringify(status)} } }))`
  const command = {
    apiVersion: 'client.authentication.k8s.io/v1beta1',
    command: process.execPath,
    args: ['-e', script],
    env: [{ name: 'ROLE', value: 'admin' }],
  }
  return { command, told: () => readFileSync(runs, 'utf8').trimEnd().split('\n').filter(Boolean) }
}

test('runs an exec plugin as kubectl does, and once for all who ask at the same time', async () => {
  const { command, told } = plugin({})
  const { token } = kubeconfigCredentials(config({ user: { token: undefined, exec: command } }))
  expect(await Promise.all([token?.(), token?.(), token?.()])).toEqual(
    Array.from({ length: 3 }, () => 'token-1'),
  )
  expect(await token?.()).toBe('token-1')
  const info = {
    apiVersion: 'client.authentication.k8s.io/v1beta1',
    kind: 'ExecCredential',
    spec: { interactive: false },
  }
  expect(told()).toEqual([`${JSON.stringify(info)} admin`])
})

test('runs it again when the API server refused the token, and a minute before it expires', async () => {
  const { command, told } = plugin({ expirationTimestamp: '2026-01-01T00:15:00Z' })
  let now = Date.parse('2026-01-01T00:00:00Z')
  const token = execToken(command, { now: () => now })
  expect(await token()).toBe('token-1')
  expect(await Promise.all([token({ refresh: true }), token({ refresh: true })])).toEqual([
    'token-2',
    'token-2',
  ])
  now = Date.parse('2026-01-01T00:13:59Z')
  expect(await token()).toBe('token-2')
  now = Date.parse('2026-01-01T00:14:00Z')
  expect(await token()).toBe('token-3')
  expect(told()).toHaveLength(3)
})

test('a plugin that fails is tried again by the next caller', async () => {
  const flag = join(dir, 'logged-in')
  const script = `if (!require('node:fs').existsSync(${JSON.stringify(flag)})) { console.error('log in first'); process.exit(3) }
    console.log('{"status":{"token":"T"}}')`
  const token = execToken({ command: process.execPath, args: ['-e', script] })
  await expect(token()).rejects.toThrow('log in first')
  writeFileSync(flag, '')
  expect(await token()).toBe('T')
})

test('a plugin without a token is named', async () => {
  const token = execToken({ command: process.execPath, args: ['-e', 'console.log("{}")'] })
  await expect(token()).rejects.toThrow(`${process.execPath} returned no token`)
})
