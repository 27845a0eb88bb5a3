// Says of a stack whose checkpoint cannot be read what a person needs to mend it: the file and the newest good copy.
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pulumiProject } from '../../api/tenant/stack.ts'
import { directoryOf, missingAs } from '../embedded/state/file-backend.ts'
import { recordFolders } from '../prune-record.ts'

/** One sentence; what is in a bucket is named by the stack alone. */
export async function damageOf(backendUrl: string, stack: string): Promise<string> {
  const root = directoryOf(backendUrl)
  if (root === undefined) return `The state of stack ${stack} in ${backendUrl} cannot be read.`
  const file = join(root, 'stacks', pulumiProject, `${stack}.json`)
  const backup = await newestCopy(file, recordFolders(backendUrl, stack))
  const copy = backup ?? 'none that can be read'
  return `The state of stack ${stack}, ${file}, cannot be read; newest backup: ${copy}.`
}

/** The copies that the engines make before and after each operation. */
async function newestCopy(file: string, folders: readonly string[]): Promise<string | undefined> {
  const copies = [`${file}.bak`]
  for (const folder of folders) {
    const names = await readdir(folder).catch(missingAs<string[]>([]))
    const states = names.filter((name) => name.endsWith('.json') && !name.endsWith('.history.json'))
    copies.push(...states.map((name) => join(folder, name)))
  }
  const dated = await Promise.all(copies.map(async (path) => ({ path, at: await writtenAt(path) })))
  for (const { path, at } of dated.toSorted((a, b) => b.at - a.at))
    if (at > 0 && (await isWhole(path))) return path
  return undefined
}

const writtenAt = (path: string) => stat(path).then(({ mtimeMs }) => mtimeMs, missingAs(0))

async function isWhole(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8')
  try {
    const file: unknown = JSON.parse(text)
    return typeof file === 'object' && file !== null && 'checkpoint' in file
  } catch {
    return false // a copy that is damaged too is none
  }
}
