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

export type UpdateRecord = {
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
  addHistory(ref: StackRef, entry: UpdateRecord): Promise<void>
  /** Newest first. */
  history(ref: StackRef, o?: { limit: number }): Promise<UpdateRecord[]>
}

export class UnsupportedBackend extends Error {
  override readonly name = 'UnsupportedBackend'
}

/** A file that is there and is not what an engine wrote; operator/engine/faults/state-faults.ts knows it by its words. */
export class StateDamaged extends Error {
  override readonly name = 'StateDamaged'
  constructor(path: string, reason: string) {
    super(`${path} is damaged: ${reason}`)
  }
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
      if (last?.stamp !== stamp) last = { stamp, deployment: await readStackFile(fileOf(ref)) }
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

async function readStackFile(path: string): Promise<Deployment> {
  const file = parsed(await readFile(path, 'utf8'), path)
  if (isObject(file) && typeof file['version'] === 'number' && file['version'] !== 3)
    throw new UnsupportedBackend(
      `the embedded engine reads state version 3, not ${file['version']}`,
    )
  if (!isObject(file) || !isObject(file['checkpoint']))
    throw new StateDamaged(path, 'no checkpoint')
  const { latest } = file['checkpoint']
  if (latest === undefined || latest === null)
    return { manifest: { time: '', magic: '', version: '' } }
  if (!isObject(latest) || !isObject(latest['manifest']) || !areRecords(latest['resources']))
    throw new StateDamaged(path, 'the deployment has not the form of one')
  return latest as Deployment // what else is in it is read one by one
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const areRecords = (value: unknown) =>
  value === undefined ||
  value === null ||
  (Array.isArray(value) &&
    value.every((record) => isObject(record) && typeof record['urn'] === 'string'))

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new StateDamaged(path, error instanceof Error ? error.message : String(error))
  }
}

function historyFiles(root: string) {
  const folderOf = (ref: StackRef) => join(root, 'history', ref.project, ref.stack)
  return {
    async addHistory(ref: StackRef, entry: UpdateRecord) {
      const base = join(folderOf(ref), `${ref.stack}-${unixNanos()}`)
      await mkdir(folderOf(ref), { recursive: true })
      await writeDurably(`${base}.history.json`, JSON.stringify(entry, undefined, 4))
      await copyFile(
        join(root, 'stacks', ref.project, `${ref.stack}.json`),
        `${base}.checkpoint.json`,
      )
    },
    async history(ref: StackRef, o?: { limit: number }) {
      const files = (await names(folderOf(ref))).filter((name) => name.endsWith('.history.json'))
      const entries: UpdateRecord[] = []
      for (const name of files.toSorted().toReversed()) {
        if (entries.length === o?.limit) break
        const entry = await readHistoryFile(join(folderOf(ref), name))
        if (entry) entries.push(entry)
      }
      return entries
    },
  }
}

/** Undefined for one that its writer did not finish: no operation fails for what is kept of an earlier one. */
async function readHistoryFile(path: string): Promise<UpdateRecord | undefined> {
  const text = await readFile(path, 'utf8')
  try {
    // Only engines write this folder.
    return JSON.parse(text) as UpdateRecord
  } catch {
    return undefined
  }
}

/** Of the monotonic clock: the names of history files must ascend within a process. */
function unixNanos(): string {
  const microseconds = Math.round((performance.timeOrigin + performance.now()) * 1000)
  return `${microseconds}000`
}

/** What cannot be written leaves nothing behind, and the error names the file: Node's own names none. */
async function writeDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    await mkdir(dirname(path), { recursive: true })
    await using file = await open(temporary, 'w', 0o600)
    await file.writeFile(text)
    await file.sync()
    await rename(temporary, path)
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined) // the reason for it comes with the error below
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${path} cannot be written: ${reason}`, { cause: error })
  }
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
