// Pulumi's DIY backend on a local directory: the same files in the same places as the official CLI's, so that both can
// work on one directory in turn. Locks are in locks.ts.
import {
  access,
  copyFile,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Deployment } from './state.ts'

export type StackRef = { project: string; stack: string }

export type HistoryEntry = {
  kind: string
  startTime: number
  message: string
  environment: Record<string, string>
  config: Record<string, string | { secure: string }>
  version: 0
  result: 'succeeded' | 'failed'
  endTime: number
  resourceChanges: Record<string, number>
}

export interface FileBackend {
  readonly url: string
  /** Directory of the lock files of a stack. */
  locksOf(ref: StackRef): string
  exists(ref: StackRef): Promise<boolean>
  /** The same object while the file is the same: not to be changed. */
  load(ref: StackRef): Promise<Deployment>
  save(ref: StackRef, deployment: Deployment): Promise<void>
  /** Keeps what the stack was before an operation beside it. */
  backUp(ref: StackRef): Promise<void>
  remove(ref: StackRef): Promise<void>
  list(project: string): Promise<string[]>
  addHistory(ref: StackRef, entry: HistoryEntry): Promise<void>
  /** Newest first. */
  history(ref: StackRef, o?: { limit: number }): Promise<HistoryEntry[]>
}

export class UnsupportedBackend extends Error {
  override readonly name = 'UnsupportedBackend'
}

export async function openFileBackend(url: string): Promise<FileBackend> {
  const root = directoryOf(url)
  if (root === undefined) {
    throw new UnsupportedBackend(
      `the embedded engine keeps state in file:// backends only, not in ${url}: install the official Pulumi CLI for it`,
    )
  }
  await verifyLayout(root)
  return { url, ...stackFiles(root), ...historyFiles(root) }
}

/** Where a file:// backend keeps its files; undefined for any other. */
export function directoryOf(url: string): string | undefined {
  if (!url.startsWith('file://')) return undefined
  const path = url.slice('file://'.length).replace(/\?.*$/, '').replace(/^~/, homedir())
  return join(path, '.pulumi')
}

/** Version 1 keeps stacks by project; the older layout and compressed files are left to the official CLI. */
async function verifyLayout(root: string): Promise<void> {
  const meta = join(root, 'meta.yaml')
  const text = await readFile(meta, 'utf8').catch(missingAs(undefined))
  if (text !== undefined) {
    if (/^version:\s*1\s*$/m.test(text)) return
    throw new UnsupportedBackend(`${meta}: the embedded engine knows layout version 1 only`)
  }
  const legacy = (await names(join(root, 'stacks'))).some((name) => name.endsWith('.json'))
  if (legacy)
    throw new UnsupportedBackend(`${root} has the old layout: run \`pulumi state upgrade\``)
  await mkdir(root, { recursive: true })
  await writeFile(meta, 'version: 1\n')
}

function stackFiles(root: string) {
  const fileOf = (ref: StackRef) => join(root, 'stacks', ref.project, `${ref.stack}.json`)
  let last: { stamp: string; deployment: Deployment } | undefined
  return {
    locksOf: (ref: StackRef) => join(root, 'locks', 'organization', ref.project, ref.stack),
    exists: (ref: StackRef) => isThere(fileOf(ref)),
    async load(ref: StackRef) {
      for (const ending of ['.gz', '.zst']) {
        if (await isThere(fileOf(ref) + ending))
          throw new UnsupportedBackend(
            `${fileOf(ref)}${ending}: compressed state is left to the official CLI`,
          )
      }
      // Every command of an operation asks, and reading a large state takes longer than most of them.
      const stamp = await stampOf(fileOf(ref))
      if (last?.stamp !== stamp)
        last = { stamp, deployment: parseStackFile(await readFile(fileOf(ref), 'utf8')) }
      return last.deployment
    },
    async save(ref: StackRef, deployment: Deployment) {
      const stack = `organization/${ref.project}/${ref.stack}`
      const file = { version: 3, checkpoint: { stack, latest: deployment } }
      await writeDurably(fileOf(ref), JSON.stringify(file, undefined, 4))
    },
    async backUp(ref: StackRef) {
      const folder = join(root, 'backups', ref.project, ref.stack)
      await mkdir(folder, { recursive: true })
      await copyFile(fileOf(ref), `${fileOf(ref)}.bak`)
      await copyFile(fileOf(ref), join(folder, `${ref.stack}.${unixNanos()}.json`))
    },
    async remove(ref: StackRef) {
      await rename(fileOf(ref), `${fileOf(ref)}.bak`)
      await rm(join(root, 'history', ref.project, ref.stack), { recursive: true, force: true })
    },
    async list(project: string) {
      const files = await names(join(root, 'stacks', project))
      return files
        .filter((name) => name.endsWith('.json'))
        .map((name) => name.slice(0, -'.json'.length))
    },
  }
}

/** Says which file it is and when it was written; saving replaces the file. */
async function stampOf(path: string): Promise<string> {
  const { ino, size, mtimeNs } = await stat(path, { bigint: true })
  return [path, ino, size, mtimeNs].join()
}

function parseStackFile(text: string): Deployment {
  // Written by one of the two engines; the version says which shape it has.
  const file = JSON.parse(text) as { version: number; checkpoint: { latest?: Deployment } }
  if (file.version !== 3)
    throw new UnsupportedBackend(`the embedded engine reads state version 3, not ${file.version}`)
  return file.checkpoint.latest ?? { manifest: { time: '', magic: '', version: '' } }
}

function historyFiles(root: string) {
  const folderOf = (ref: StackRef) => join(root, 'history', ref.project, ref.stack)
  return {
    async addHistory(ref: StackRef, entry: HistoryEntry) {
      const base = join(folderOf(ref), `${ref.stack}-${unixNanos()}`)
      await mkdir(folderOf(ref), { recursive: true })
      await writeFile(`${base}.history.json`, JSON.stringify(entry, undefined, 4))
      await copyFile(
        join(root, 'stacks', ref.project, `${ref.stack}.json`),
        `${base}.checkpoint.json`,
      )
    },
    async history(ref: StackRef, o?: { limit: number }) {
      const files = (await names(folderOf(ref))).filter((name) => name.endsWith('.history.json'))
      const wanted = files.toSorted().toReversed().slice(0, o?.limit)
      // Only engines write this folder.
      return Promise.all(
        wanted.map(
          async (name) =>
            JSON.parse(await readFile(join(folderOf(ref), name), 'utf8')) as HistoryEntry,
        ),
      )
    },
  }
}

/** Of the monotonic clock: the names of history files must ascend within a process. */
function unixNanos(): string {
  const microseconds = Math.round((performance.timeOrigin + performance.now()) * 1000)
  return `${microseconds}000`
}

async function writeDurably(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.tmp`
  const file = await open(temporary, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(temporary, path)
}

const isThere = (path: string) => access(path).then(() => true, missingAs(false))
const names = (folder: string) => readdir(folder).catch(missingAs<string[]>([]))

/** A handler that takes "no such file" for an answer and passes every other error on. */
export function missingAs<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return value
    throw error
  }
}
