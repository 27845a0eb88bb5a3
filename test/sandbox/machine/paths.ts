// Where the sandbox keeps things: the cache (tools, images; shared by all sandboxes of a user) and a sandbox's own root.
// Names of kernel objects are derived from the root, so that leftovers can be found by the root alone.
import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

type Env = Readonly<Record<string, string | undefined>>

export function cacheDir(env: Env = process.env): string {
  if (env['CRATEKUBE_CACHE']) return resolve(env['CRATEKUBE_CACHE'])
  return join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'cratekube')
}

export function sandboxRoot(env: Env = process.env): string {
  return resolve(env['CRATEKUBE_SANDBOX'] ?? join(cacheDir(env), 'sandbox'))
}

/** Prefix of every link, network namespace and cgroup of the sandbox at `root`: at most 9 characters, links allow 15. */
export function sandboxPrefix(root: string): string {
  return `ck-${sandboxId(root)}-`
}

/** Short and stable; the environment variable CRATEKUBE_SANDBOX_ID of every process below the sandbox carries it. */
export function sandboxId(root: string): string {
  return createHash('sha256').update(resolve(root)).digest('hex').slice(0, 5)
}
