// The folder that a worker's temporary files go to: kubeconfigs and the directories of its runners. A kill leaves them there, and
// what a process of the same name begins with is an empty folder.
import { createHash } from 'node:crypto'
import { mkdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Makes it the TMPDIR of this process. Only one process at a time may have the name. */
export function takeTemporaryFolder(name: string, env: NodeJS.ProcessEnv = process.env): void {
  // Short, whatever the name is: the path of a socket in there may have 107 bytes.
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8)
  const folder = join(tmpdir(), `cratekube-${hash}`)
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  mkdirSync(folder, { mode: 0o700 })
  env['TMPDIR'] = folder
}
