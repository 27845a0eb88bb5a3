// Kubeconfigs that somebody with rights to Secrets may put in the place of a tenant's own. All but the last few would make
// a client run something, read something, go somewhere else or trust somebody else.
import { dump } from 'js-yaml'
import type { Traps } from './traps.ts'

type Config = { cluster?: object; user?: object; more?: object }

/** What the true one says, which a hostile one may keep. */
export type True = { server: string; 'certificate-authority-data': string }

const config = ({ cluster, user = { token: 'T' }, more }: Config): string =>
  dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'c', user }],
    contexts: [{ name: 'c', context: { cluster: 'c', user: 'c' } }],
    'current-context': 'c',
    ...more,
  })

const exec = ({ command }: Traps, more: object = {}) => ({
  exec: {
    apiVersion: 'client.authentication.k8s.io/v1',
    command,
    interactiveMode: 'Never',
    ...more,
  },
})

export const hostileKubeconfigs: Record<string, (traps: Traps, own: True) => string> = {
  'a command': (t, own) => config({ cluster: own, user: exec(t) }),
  'a command of an older kind': (t, own) =>
    config({ cluster: own, user: exec(t, { apiVersion: 'client.authentication.k8s.io/v1beta1' }) }),
  'a command by a shell': (t, own) =>
    config({ cluster: own, user: exec(t, { command: 'sh', args: ['-c', t.command] }) }),
  'a command by an auth provider': ({ command }, own) =>
    config({
      cluster: own,
      user: { 'auth-provider': { name: 'gcp', config: { 'cmd-path': command, 'cmd-args': '' } } },
    }),
  'a command before another user': (t, own) =>
    config({
      cluster: own,
      more: {
        users: [
          { name: 'c', user: exec(t) },
          { name: 'c', user: { token: 'T' } },
        ],
      },
    }),
  'a token from a file': ({ file }, own) => config({ cluster: own, user: { tokenFile: file } }),
  'a token from a file, for a server elsewhere': ({ file, address }) =>
    config({ cluster: { server: `http://${address}` }, user: { tokenFile: file } }),
  'an authority from a file': ({ file }, { server }) =>
    config({ cluster: { server, 'certificate-authority': file } }),
  'a client certificate from files': ({ file }, own) =>
    config({ cluster: own, user: { 'client-certificate': file, 'client-key': file } }),
  'a client certificate': (_, own) =>
    config({
      cluster: own,
      user: { 'client-certificate-data': 'Q0VSVA==', 'client-key-data': 'S0VZ' },
    }),
  'a server that needs no certificate': ({ address }) =>
    config({ cluster: { server: `https://${address}`, 'insecure-skip-tls-verify': true } }),
  'a server in the clear': ({ address }) => config({ cluster: { server: `http://${address}` } }),
  'a server elsewhere': ({ address }, own) =>
    config({ cluster: { ...own, server: `https://${address}` } }),
  'a server behind a user name': ({ address }, own) =>
    config({ cluster: { ...own, server: `${own.server}@${address}` } }),
  'a server on a socket': ({ file }) => config({ cluster: { server: `unix://${file}` } }),
  'a proxy': ({ address }, own) =>
    config({ cluster: { ...own, 'proxy-url': `http://${address}` } }),
  'no trust needed': (_, { server }) =>
    config({ cluster: { server, 'insecure-skip-tls-verify': true } }),
  'the name of another server': (_, own) =>
    config({ cluster: { ...own, 'tls-server-name': 'evil.example' } }),
  'another identity': (_, own) =>
    config({
      cluster: own,
      user: { token: 'T', as: 'system:admin', 'as-groups': ['system:masters'] },
    }),
  'a name and a password': (_, own) =>
    config({ cluster: own, user: { username: 'admin', password: 'admin' } }),
  'a context that is not there': (_, own) =>
    config({ cluster: own, more: { 'current-context': 'gone' } }),
  'code in tags': ({ command }) => `x: !!js/function 'function () { require("child_process").execSync(${JSON.stringify(command)}) }'`, // prettier-ignore
  'more documents than one': (t, own) =>
    `${config({ cluster: own })}---\n${config({ cluster: own, user: exec(t) })}`,
  'aliases of aliases': () =>
    Array.from(
      { length: 30 },
      (_, i) => `a${i}: &a${i} [${i ? `*a${i - 1}, *a${i - 1}` : 'x'}]`,
    ).join('\n'),
  'a prototype': () => '__proto__: { server: x }\nconstructor: { prototype: {} }',
  nothing: () => '',
  null: () => 'null',
  'a list': () => '[]',
  garbage: () => '{[}',
  'bytes that are no text': () => '\0\uFFFF\u0001',
  'a megabyte': () => 'x'.repeat(1_000_000),
}
