// What a directory backend keeps beside a stack's state: its history, and a copy of the state before each operation. No
// command of Pulumi ends their growth, and comparing a few hundred tenants with the cloud twice a day would fill a volume
// within weeks. Buckets have lifecycle rules for this. Called by the runner; the tenant's lease keeps others away.
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pulumiProject } from '../api/tenant/stack.ts'
import { directoryOf, missingAs } from './embedded/state/file-backend.ts'

/** Operations of which a stack keeps its record. */
export const keptOperations = 50

/** Leaves the record of the last operations; what is in a bucket is left to the bucket. */
export async function pruneRecord(backendUrl: string, stack: string): Promise<void> {
  for (const folder of recordFolders(backendUrl, stack)) {
    const files = (await namesIn(folder)).flatMap((name) => {
      const time = timeOf(name)
      return time === undefined ? [] : [{ name, time }]
    })
    const times = [...new Set(files.map(({ time }) => time))].sort(newestFirst)
    const dropped = new Set(times.slice(keptOperations))
    for (const { name, time } of files)
      if (dropped.has(time)) await rm(join(folder, name), { force: true })
  }
  await removeUnfinished(backendUrl, stack)
}

/** What a run was writing when it died; the lease says that no other run is writing now. */
async function removeUnfinished(backendUrl: string, stack: string): Promise<void> {
  const root = directoryOf(backendUrl)
  if (root === undefined) return
  const unfinished = async (folder: string, isOurs: (name: string) => boolean) => {
    for (const name of await namesIn(folder))
      if (/\.json\.\d+\.tmp$/.test(name) && isOurs(name))
        await rm(join(folder, name), { force: true })
  }
  await unfinished(join(root, 'stacks', pulumiProject), (name) => name.startsWith(`${stack}.json.`))
  for (const folder of recordFolders(backendUrl, stack)) await unfinished(folder, () => true)
}

/** Of a stack that was removed nothing stays: neither the file that Pulumi set aside nor what stands beside it. */
export async function removeRecord(backendUrl: string, stack: string): Promise<void> {
  const root = directoryOf(backendUrl)
  if (root === undefined) return
  const stacks = join(root, 'stacks', pulumiProject)
  const files = (await namesIn(stacks)).filter((name) => name.startsWith(`${stack}.json`))
  const left = [...recordFolders(backendUrl, stack), ...files.map((name) => join(stacks, name))]
  for (const path of left) await rm(path, { recursive: true, force: true })
}

export function recordFolders(backendUrl: string, stack: string): string[] {
  const root = directoryOf(backendUrl)
  return root === undefined
    ? []
    : ['history', 'backups'].map((kind) => join(root, kind, pulumiProject, stack))
}

/** Nanoseconds since 1970 in the names of both kinds: `a.b-1764147600000000000.history.json`, `a.b.1764147600000000000.json.gz`. */
function timeOf(name: string): bigint | undefined {
  const digits = /[-.](\d{19})\.[^/]*$/.exec(name)?.[1]
  return digits === undefined ? undefined : BigInt(digits)
}

const newestFirst = (a: bigint, b: bigint) => (a < b ? 1 : -1)

const namesIn = (folder: string) => readdir(folder).catch(missingAs<string[]>([]))
