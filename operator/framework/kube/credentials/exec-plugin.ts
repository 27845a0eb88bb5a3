// Tokens from an exec credential plugin of a kubeconfig (client.authentication.k8s.io), such as
// the token of a cloud. Runs it once for callers that ask at the same time, and again before expiry.
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import type { KubeCredentials } from './credentials.ts'

export type ExecPlugin = {
  apiVersion?: string
  command: string
  args?: string[]
  env?: { name: string; value: string }[]
}

type Credential = { token: string; expiresAt: number }

const renewBeforeMs = 60_000
const timeoutMs = 60_000

export type ExecOptions = {
  /** What a command with a slash in it begins at: the folder of the kubeconfig. */
  dir?: string
  env?: NodeJS.ProcessEnv
  now?: () => number
}

export function execToken(
  plugin: ExecPlugin,
  o: ExecOptions = {},
): NonNullable<KubeCredentials['token']> {
  const { now = Date.now } = o
  let known: Credential | undefined
  let running: Promise<Credential> | undefined
  const run = async () => {
    running ??= runPlugin(plugin, o).finally(() => (running = undefined))
    return (known = await running)
  }
  return async ({ refresh = false } = {}) => {
    if (!refresh && known && known.expiresAt - renewBeforeMs > now()) return known.token
    return (await run()).token
  }
}

async function runPlugin(plugin: ExecPlugin, { dir = '', env: own }: ExecOptions) {
  const apiVersion = plugin.apiVersion ?? 'client.authentication.k8s.io/v1'
  const info = { apiVersion, kind: 'ExecCredential', spec: { interactive: false } }
  const env = {
    ...own,
    ...Object.fromEntries((plugin.env ?? []).map(({ name, value }) => [name, value])),
    KUBERNETES_EXEC_INFO: JSON.stringify(info),
  }
  const command = plugin.command.includes('/') ? resolve(dir, plugin.command) : plugin.command
  const { stdout } = await promisify(execFile)(command, plugin.args ?? [], {
    env,
    timeout: timeoutMs,
  })
  const status = (
    JSON.parse(stdout) as { status?: { token?: string; expirationTimestamp?: string } }
  ).status
  if (!status?.token) throw new Error(`kubeconfig: ${plugin.command} returned no token`)
  const expiresAt = status.expirationTimestamp
    ? Date.parse(status.expirationTimestamp)
    : Number.POSITIVE_INFINITY
  return { token: status.token, expiresAt }
}
