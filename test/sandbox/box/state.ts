// What is on disk about the clusters of a sandbox: <root>/clusters/<name>/cluster.json and nodes/<node>/node.json.
// Written before anything is made, so that whatever was made can be found after a crash.
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode, withLock } from '../machine/lock.ts'
import { sandboxPrefix } from '../machine/paths.ts'

export type ClusterState = {
  readonly name: string
  /** ck-<sandbox>-<index>: its network namespace and host link; nodes add -<node index>. */
  readonly id: string
  readonly index: number
  readonly version: string
  readonly serviceCidr: string
  readonly issuer: string
  readonly authWebhookUrl: string
  /** Absent until the control plane is there. */
  readonly endpoint?: string
  readonly addons: readonly string[]
}

export type NodeState = { readonly name: string; readonly index: number }

export function clusterDir(root: string, name: string): string {
  return join(root, 'clusters', name)
}

export function nodeDir(root: string, cluster: string, node: string): string {
  return join(clusterDir(root, cluster), 'nodes', node)
}

/** Takes the lowest free index of the sandbox and writes the state; fails when the name is taken. */
export function claimCluster(
  root: string,
  cluster: Omit<ClusterState, 'id' | 'index' | 'addons'>,
): Promise<ClusterState> {
  return withLock(join(root, 'clusters.lock'), async () => {
    const existing = await readClusters(root)
    if (existing.some((other) => other.name === cluster.name)) {
      throw new Error(`cluster ${cluster.name} exists already`)
    }
    const index = lowestFree(existing.map((other) => other.index))
    const state = { ...cluster, index, id: `${sandboxPrefix(root)}${index}`, addons: [] }
    await writeCluster(root, state)
    return state
  })
}

export async function writeCluster(root: string, state: ClusterState): Promise<void> {
  await writeJson(clusterDir(root, state.name), 'cluster.json', state)
}

/** Read, change, write as one step. */
export function changeState(
  root: string,
  name: string,
  change: (state: ClusterState) => ClusterState,
): Promise<ClusterState> {
  return withLock(join(clusterDir(root, name), 'lock'), async () => {
    const state = change(await readCluster(root, name))
    await writeCluster(root, state)
    return state
  })
}

export async function findCluster(root: string, name: string): Promise<ClusterState | undefined> {
  return readJson<ClusterState>(join(clusterDir(root, name), 'cluster.json'))
}

export async function readCluster(root: string, name: string): Promise<ClusterState> {
  const state = await findCluster(root, name)
  if (state === undefined) throw new Error(`there is no cluster ${name}`)
  return state
}

export async function readClusters(root: string): Promise<ClusterState[]> {
  return readStates<ClusterState>(join(root, 'clusters'), 'cluster.json')
}

export async function claimNode(root: string, cluster: string, name: string): Promise<NodeState> {
  return withLock(join(clusterDir(root, cluster), 'lock'), async () => {
    const existing = await readNodes(root, cluster)
    if (existing.some((other) => other.name === name)) {
      throw new Error(`cluster ${cluster} has a node ${name} already`)
    }
    const state = { name, index: lowestFree(existing.map((other) => other.index)) }
    await writeJson(nodeDir(root, cluster, name), 'node.json', state)
    return state
  })
}

export async function findNode(
  root: string,
  cluster: string,
  name: string,
): Promise<NodeState | undefined> {
  return readJson<NodeState>(join(nodeDir(root, cluster, name), 'node.json'))
}

export async function readNodes(root: string, cluster: string): Promise<NodeState[]> {
  return readStates<NodeState>(join(clusterDir(root, cluster), 'nodes'), 'node.json')
}

/** Out of the way at once, then deleted: a new cluster may take the name while large trees are still being removed. */
export async function removeDir(root: string, dir: string): Promise<void> {
  const aside = join(
    root,
    'trash',
    `${process.pid}-${Date.now()}-${Math.random().toString(36).slice(2, 8)}`,
  )
  await mkdir(join(root, 'trash'), { recursive: true })
  const moved = await rename(dir, aside).then(
    () => true,
    (error: unknown) => {
      if (errorCode(error) === 'ENOENT') return false
      throw error
    },
  )
  if (moved) await rm(aside, { recursive: true, force: true, maxRetries: 5 })
}

export function lowestFree(used: readonly number[]): number {
  let index = 1
  while (used.includes(index)) index += 1
  return index
}

async function readStates<T>(dir: string, file: string): Promise<T[]> {
  const names = await readdir(dir).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  })
  const states = await Promise.all(names.map((name) => readJson<T>(join(dir, name, file))))
  return states.filter((state): state is Awaited<T> => state !== undefined)
}

async function readJson<T>(path: string): Promise<T | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined
    throw error
  })
  return text === undefined ? undefined : (JSON.parse(text) as T) // this file alone writes it
}

async function writeJson(dir: string, file: string, value: unknown): Promise<void> {
  await mkdir(dir, { recursive: true })
  const scratch = join(dir, `${file}.${process.pid}`)
  await writeFile(scratch, JSON.stringify(value, undefined, 2))
  await rename(scratch, join(dir, file))
}
