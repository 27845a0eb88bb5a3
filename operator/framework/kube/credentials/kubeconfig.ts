// Credentials from a kubeconfig of the process's own operator: certificates, tokens and exec plugins, of one context. It runs
// and reads what the text says, so a text that others can write must never come here: see tenant-api.ts.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { loadAll } from 'js-yaml'
import { fileToken, type KubeCredentials } from './credentials.ts'
import { execToken, type ExecPlugin } from './exec-plugin.ts'

type Named<Field extends string, Value> = ({ name: string } & { [F in Field]?: Value })[]

type Cluster = {
  server?: string
  'certificate-authority'?: string
  'certificate-authority-data'?: string
  'tls-server-name'?: string
  'insecure-skip-tls-verify'?: boolean
}

type User = {
  token?: string
  tokenFile?: string
  'client-certificate'?: string
  'client-certificate-data'?: string
  'client-key'?: string
  'client-key-data'?: string
  exec?: ExecPlugin
}

type Kubeconfig = {
  'current-context'?: string
  contexts?: Named<'context', { cluster: string; user?: string }>
  clusters?: Named<'cluster', Cluster>
  users?: Named<'user', User>
}

export type KubeconfigOptions = {
  /** Its current context by default. */
  context?: string | undefined
  /** What paths in it begin at: the folder of the file. */
  dir?: string
  /** Environment of exec plugins. */
  env?: NodeJS.ProcessEnv
}

export function kubeconfigCredentials(text: string, o: KubeconfigOptions = {}): KubeCredentials {
  const config = (loadAll(text)[0] ?? {}) as Kubeconfig // each part that is used is checked below
  const name = o.context ?? config['current-context']
  if (!name) throw new Error('kubeconfig: no current-context, and no context was asked for')
  const chosen = pick(config.contexts, 'context', name)
  const cluster = pick(config.clusters, 'cluster', chosen.cluster)
  const user = chosen.user ? pick(config.users, 'user', chosen.user) : {}
  refuseUnknown(`cluster "${chosen.cluster}"`, cluster, clusterFields)
  refuseUnknown(`user "${chosen.user}"`, user, userFields)
  return {
    server: serverOf(cluster, chosen.cluster),
    ...given('ca', inlineOrFile(cluster, 'certificate-authority', o)),
    ...given('serverName', cluster['tls-server-name']),
    ...given('insecureSkipTlsVerify', cluster['insecure-skip-tls-verify']),
    ...given('cert', inlineOrFile(user, 'client-certificate', o)),
    ...given('key', inlineOrFile(user, 'client-key', o)),
    ...given('token', tokenOf(user, o)),
  }
}

const clusterFields = [
  'server',
  'certificate-authority',
  'certificate-authority-data',
  'tls-server-name',
  'insecure-skip-tls-verify',
  'disable-compression',
  'extensions',
]
const userFields = [
  'token',
  'tokenFile',
  'client-certificate',
  'client-certificate-data',
  'client-key',
  'client-key-data',
  'exec',
  'extensions',
]

/** Left out without a word, a proxy, a password or an impersonation would make another connection than the one that is meant. */
function refuseUnknown(what: string, part: object, known: readonly string[]): void {
  const unknown = Object.keys(part).filter((field) => !known.includes(field))
  if (unknown.length === 0) return
  throw new Error(`kubeconfig: ${what}: expected ${known.join(', ')}, got ${unknown.join(', ')}`)
}

/** In the clear, the token would be anybody's who listens. */
function serverOf({ server = '' }: Cluster, name: string): string {
  if (!server) throw new Error(`kubeconfig: cluster "${name}" has no server`)
  const url = URL.canParse(server) ? new URL(server) : undefined
  const local = url?.protocol === 'http:' && /^(localhost|127\..*|\[::1\])$/.test(url.hostname)
  if (url?.protocol === 'https:' || local) return server
  throw new Error(
    `kubeconfig: cluster "${name}": server: expected https, or http on this machine, got ${server}`,
  )
}

function pick<Field extends string, Value>(
  list: Named<Field, Value> | undefined,
  field: Field,
  name: string,
): Value {
  const found = list?.find((entry) => entry.name === name)?.[field]
  if (!found) throw new Error(`kubeconfig: no ${field} "${name}"`)
  return found as Value // `[field]` of a Named is its Value, and it is there
}

function inlineOrFile<Field extends string>(
  from: { [F in Field | `${Field}-data`]?: string },
  field: Field,
  { dir = '' }: KubeconfigOptions,
): string | undefined {
  const inline = from[`${field}-data`]
  if (inline) return Buffer.from(inline, 'base64').toString('utf8')
  const path = from[field]
  return path === undefined ? undefined : readFileSync(resolve(dir, path), 'utf8')
}

/** As kubectl takes them: a file, which is renewed, before a token that is not. */
function tokenOf(user: User, { dir = '', env = {} }: KubeconfigOptions): KubeCredentials['token'] {
  const { token, tokenFile, exec } = user
  if (tokenFile) return fileToken(resolve(dir, tokenFile))
  if (token) return () => Promise.resolve(token)
  return exec ? execToken(exec, { dir, env }) : undefined
}

const given = <Field extends string, Value>(field: Field, value: Value | undefined) =>
  (value === undefined ? {} : { [field]: value }) as { [F in Field]?: Value } // one field or none
