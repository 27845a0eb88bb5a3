// What a runner may reach: the programs, this installation and the system, read only; its private folder and a file://
// backend. Not the worker's service account, passphrase or temporary folder, nor what other runners hold. operator/jail
// enforces it. A file backend is one folder for all tenants: their stacks are apart by their passphrases alone.
import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EngineSetup } from '../operation.ts'

export type RunnerJail = {
  /** operator/jail, built. */
  program: string
  read: readonly string[]
  write: readonly string[]
}

/** Throws where the kernel has not what it needs. */
export function runnerJail(o: {
  program: string
  settings: EngineSetup
  env: NodeJS.ProcessEnv
}): RunnerJail {
  execFileSync(o.program, ['-check'], { stdio: ['ignore', 'ignore', 'pipe'] })
  const { backendUrl } = o.settings
  const state = backendUrl.startsWith('file://') ? [fileURLToPath(backendUrl)] : []
  // What is not there cannot be opened to a jail, and nobody in one could make it.
  for (const folder of state) mkdirSync(folder, { recursive: true })
  return {
    program: o.program,
    read: [...system, ...installation(o.settings), ...configured(o.env)],
    write: [...devices, ...state],
  }
}

/** The command that runs another in the jail, with folders of its own. */
export function jailed(
  { program, read, write }: RunnerJail,
  own: { read: readonly string[]; write: readonly string[] },
  command: readonly string[],
): [string, string[]] {
  const reads = [...read, ...own.read].flatMap((path) => ['-read', path])
  const writes = [...write, ...own.write].flatMap((path) => ['-write', path])
  return [program, [...reads, ...writes, '--', ...command]]
}

const system = ['/bin', '/etc', '/lib', '/lib64', '/opt', '/proc', '/sbin', '/sys', '/usr']
const devices = ['/dev/null', '/dev/urandom', '/dev/zero']

const installation = ({ programsModule, providersModule }: EngineSetup): string[] => [
  fileURLToPath(new URL('../../..', import.meta.url)),
  dirname(dirname(process.execPath)),
  dirname(programsModule),
  ...(providersModule === undefined ? [] : [dirname(providersModule)]),
]

/** Of the worker's own: programs, plugins, authorities, and the AWS profile that opens the state. */
function configured(env: NodeJS.ProcessEnv): string[] {
  const home = env['HOME'] ?? homedir()
  const folders = (name: string) => (env[name] ?? '').split(delimiter)
  return [
    ...folders('PATH'),
    ...folders('SSL_CERT_DIR'),
    ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'AWS_CA_BUNDLE'].map((name) => env[name] ?? ''),
    join(env['PULUMI_HOME'] ?? join(home, '.pulumi'), 'plugins'),
    join(home, '.aws'),
    '/var/run/secrets/eks.amazonaws.com',
  ].filter((path) => path !== '')
}
