// Credentials from the text of a kubeconfig: certificates, tokens and exec plugins, of one context.
import { readFileSync } from 'node:fs'
import { loadAll } from 'js-yaml'
import { fileToken, type KubeCredentials } from './credentials.ts'
import { execToken, type ExecPlugin } from './exec-plugin.ts'

type Named<Field extends string, Value> = ({ name: string } & { [F in Field]?: Value })[]

type Cluster = {
  server: string
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

export function kubeconfigCredentials(text: string, context?: string): KubeCredentials {
  const config = (loadAll(text)[0] ?? {}) as Kubeconfig // each part that is used is checked below
  const name = context ?? config['current-context']
  if (!name) throw new Error('kubeconfig: no current-context, and no context was asked for')
  const chosen = pick(config.contexts, 'context', name)
  const cluster = pick(config.clusters, 'cluster', chosen.cluster)
  if (!cluster.server) throw new Error(`kubeconfig: cluster "${chosen.cluster}" has no server`)
  const user = chosen.user ? pick(config.users, 'user', chosen.user) : {}
  return {
    server: cluster.server,
    ...given('ca', inlineOrFile(cluster, 'certificate-authority')),
    ...given('serverName', cluster['tls-server-name']),
    ...given('insecureSkipTlsVerify', cluster['insecure-skip-tls-verify']),
    ...given('cert', inlineOrFile(user, 'client-certificate')),
    ...given('key', inlineOrFile(user, 'client-key')),
    ...given('token', tokenOf(user)),
  }
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
): string | undefined {
  const inline = from[`${field}-data`]
  if (inline) return Buffer.from(inline, 'base64').toString('utf8')
  const path = from[field]
  return path === undefined ? undefined : readFileSync(path, 'utf8')
}

function tokenOf(user: User): KubeCredentials['token'] {
  const { token, tokenFile, exec } = user
  if (token) return () => Promise.resolve(token)
  if (tokenFile) return fileToken(tokenFile)
  return exec ? execToken(exec) : undefined
}

const given = <Field extends string, Value>(field: Field, value: Value | undefined) =>
  (value === undefined ? {} : { [field]: value }) as { [F in Field]?: Value } // one field or none
