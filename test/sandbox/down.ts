// Ends a sandbox from its root alone, whatever state a crash or a kill left it in, and checks that nothing remains.
import { readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { removeCluster } from './box/backend.ts'
import { deleteCgroups } from './box/cgroups.ts'
import { deleteClusterNetwork, unshieldHost } from './box/network.ts'
import { holdingsOf, isEmpty, type Holdings } from './inventory.ts'
import { run } from './machine/command.ts'
import { endProcess, recordedDaemons } from './machine/daemon.ts'
import { errorCode } from './machine/lock.ts'
import { sandboxPrefix } from './machine/paths.ts'
import { socketDirPrefix } from './management/control-plane.ts'
import { pidNamespaceOf, type ProcessInfo } from './machine/process-table.ts'

export type DownOptions = {
  readonly root: string
  /** Keep files (logs, state); the default removes the root. */
  readonly keepFiles?: boolean
}

export async function takeDown(o: DownOptions): Promise<void> {
  const { root } = o
  // Host processes first (the manager would put back what goes); each may have started others meanwhile.
  await Promise.all(recordedDaemons(root).map((daemon) => daemon.stop(1_000)))
  for (let round = 0; round < 5; round += 1) {
    const processes = (await holdingsOf(root)).processes.filter(
      (found) => isBox(found) || onHost(found),
    )
    if (processes.length === 0) break
    await Promise.all(processes.map((found) => endProcess(found, isBox(found) ? 0 : 1_000)))
  }
  for (const name of await clusterNames(root)) await removeCluster(root, name)
  for (const path of (await holdingsOf(root)).mounts) await run('umount', ['-l', path])
  if (process.getuid?.() === 0) {
    const prefix = sandboxPrefix(root)
    await deleteClusterNetwork(prefix)
    await deleteCgroups(prefix)
    await unshieldHost(prefix)
  }
  const left = await holdingsOf(root)
  if (!isEmpty(left)) throw new Error(`still there after down: ${describe(left)}`)
  await removeSocketDirs(root)
  if (!o.keepFiles) await rm(root, { recursive: true, force: true, maxRetries: 5 })
}

async function removeSocketDirs(root: string): Promise<void> {
  const names = await readdir(tmpdir())
  for (const name of names.filter((found) => found.startsWith(socketDirPrefix(root)))) {
    await rm(join(tmpdir(), name), { recursive: true, force: true })
  }
}

/** PID 1 of a box; all else in there ends with it. */
function isBox(found: ProcessInfo): boolean {
  return found.command.startsWith('box-init run ')
}

function onHost(found: ProcessInfo): boolean {
  return pidNamespaceOf(found.pid) === pidNamespaceOf('self')
}

function describe(left: Holdings): string {
  return Object.entries(left)
    .filter(([, list]) => list.length > 0)
    .map(([name, list]) => `${name}: ${JSON.stringify(list)}`)
    .join('; ')
}

async function clusterNames(root: string): Promise<string[]> {
  return readdir(join(root, 'clusters')).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  })
}
