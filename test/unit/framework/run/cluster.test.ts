import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { clusterOf } from '../../../../operator/framework/run/cluster.ts'

const home = mkdtempSync(join(tmpdir(), 'framework-home-'))
const kubeconfig = (host: string) =>
  JSON.stringify({
    'current-context': 'one',
    contexts: ['one', 'two'].map((name) => ({ name, context: { cluster: name } })),
    clusters: ['one', 'two'].map((name) => ({
      name,
      cluster: { server: `https://${name}.${host}` },
    })),
  })
const file = join(home, 'given')

beforeAll(() => {
  mkdirSync(join(home, '.kube'))
  writeFileSync(join(home, '.kube/config'), kubeconfig('home'))
  writeFileSync(file, kubeconfig('given'))
})
afterAll(() => rmSync(home, { recursive: true }))

test.each([
  [
    'what the command line names comes first',
    { kubeconfig: file },
    { KUBECONFIG: 'no' },
    'one.given',
  ],
  ['then the environment', {}, { KUBECONFIG: file }, 'one.given'],
  ['then the home', {}, {}, 'one.home'],
  ['a context is one of the file', { kubeconfig: file, context: 'two' }, {}, 'two.given'],
  ['an empty variable is none', {}, { KUBECONFIG: '' }, 'one.home'],
])('%s', (_, plan, env, host) => {
  expect(clusterOf(plan, { env, home }).server).toBe(`https://${host}`)
})

test.each([
  [
    'a file that is not there',
    { kubeconfig: '/none' },
    {},
    '--kubeconfig: expected a file, got /none',
  ],
  ['several files', {}, { KUBECONFIG: 'a:b' }, 'KUBECONFIG: expected one file, got a:b'],
  [
    'a context of no file',
    { context: 'x' },
    { KUBERNETES_SERVICE_HOST: 'h' },
    '--context: expected',
  ],
  ['a context that the file lacks', { kubeconfig: file, context: 'x' }, {}, 'no context "x"'],
])('%s is refused', (_, plan, env, message) => {
  expect(() => clusterOf(plan, { env, home })).toThrow(message)
})

test('nowhere to go is said with the ways that there are', () => {
  expect(() => clusterOf({}, { env: {}, home: '/none' })).toThrow(
    "--kubeconfig: expected a cluster; there is no KUBECONFIG, no pod's account and no /none/.kube/config",
  )
})
