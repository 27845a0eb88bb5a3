// The cgroup below which a node's kubelet puts its pods: the same name in every hierarchy (v1), or one (v2).
import { lstat, mkdir, readFile, readdir, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../machine/lock.ts'
import { waitFor } from '../machine/wait.ts'
import { belongsTo } from './network.ts'

const top = '/sys/fs/cgroup'

export async function createCgroup(name: string): Promise<void> {
  for (const hierarchy of await hierarchies()) {
    const dir = join(hierarchy, name)
    await mkdir(dir, { recursive: true })
    if (hierarchy === top) await delegateControllers(hierarchy)
    // A v1 cpuset starts empty, and nothing can be put into an empty one.
    if (hierarchy.endsWith('/cpuset')) await copyCpuset(hierarchy, dir)
  }
}

export async function deleteCgroups(idOrPrefix: string): Promise<void> {
  for (const path of await cgroupPaths(idOrPrefix)) {
    await waitFor(() => removed(path), { what: `cgroup ${path} is empty`, timeoutMs: 10_000 })
  }
}

/** The cgroup directories, in all hierarchies, of a node, a cluster or (given the prefix) a sandbox. */
export async function cgroupPaths(idOrPrefix: string): Promise<string[]> {
  const found: string[] = []
  for (const hierarchy of await hierarchies()) {
    const names = await readdir(hierarchy)
    found.push(
      ...names.filter((name) => belongsTo(name, idOrPrefix)).map((name) => join(hierarchy, name)),
    )
  }
  return found
}

async function hierarchies(): Promise<string[]> {
  const names = await readdir(top)
  if (names.includes('cgroup.controllers')) return [top]
  const paths: string[] = []
  for (const name of names) {
    const path = join(top, name)
    if ((await lstat(path)).isDirectory()) paths.push(path) // cpu,cpuacct and the like are reached by symlinks too
  }
  return paths
}

async function delegateControllers(hierarchy: string): Promise<void> {
  const controllers = (await readFile(join(hierarchy, 'cgroup.controllers'), 'utf8'))
    .trim()
    .split(' ')
  await writeFile(
    join(hierarchy, 'cgroup.subtree_control'),
    controllers.map((c) => `+${c}`).join(' '),
  )
}

async function copyCpuset(hierarchy: string, dir: string): Promise<void> {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    await writeFile(join(dir, file), await readFile(join(hierarchy, file), 'utf8'))
  }
}

/** Children first; busy ones stay until the kernel has buried their processes. */
async function removed(path: string): Promise<boolean> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined)
  if (entries === undefined) return true
  for (const entry of entries) {
    if (entry.isDirectory()) await removed(join(path, entry.name))
  }
  return rmdir(path).then(
    () => true,
    (error: unknown) => errorCode(error) === 'ENOENT',
  )
}
