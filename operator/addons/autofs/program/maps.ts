// The AutoFS maps of a tenant as the agent on the nodes takes them (operator/autofs/autofs-agent):
// master, for each map auto.<name> with its entries or efs.<name> with the place of its directories, and their digest.
import { createHash } from 'node:crypto'
import type { CloudOutputs } from '../../../api/tenant/stack.ts'
import type { AutofsMap } from '../schema.ts'

type SharedStorage = NonNullable<CloudOutputs['sharedStorage']>
type Entries = NonNullable<AutofsMap['entries']>

/** Keys of the ConfigMap and their text. `@ROOT@` and `@MAPS@` are the agent's to fill in. */
export function mapFiles(
  maps: AutofsMap[],
  sharedStorage: SharedStorage | undefined,
): Record<string, string> {
  const files = maps.map((map) => [fileName(map), fileOf(map, sharedStorage)])
  const data = { master: maps.map(masterLine).join(''), ...Object.fromEntries(files) }
  const digest = createHash('sha256').update(JSON.stringify(data)).digest('hex')
  return { ...data, revision: digest.slice(0, 12) }
}

/** One key of every map, as autofs-probe takes them: one of the shared storage has the agent's own, another map its first. */
export const probeKeys = (maps: AutofsMap[]): string[] =>
  maps.map(({ name, entries }) => `${name}/${entries?.[0]?.key ?? '.cratekube-probe'}`)

const fileName = (map: AutofsMap) => (map.source ? `efs.${map.name}` : `auto.${map.name}`)

function masterLine(map: AutofsMap): string {
  const type = map.source ? 'program' : 'file'
  // Browsable: the keys of a file map are listed before they are mounted.
  const browse = map.source ? '' : ' --ghost'
  return `@ROOT@/${map.name} ${type}:@MAPS@/${fileName(map)} --timeout=${map.timeoutSeconds}${browse}\n`
}

function fileOf(map: AutofsMap, sharedStorage: SharedStorage | undefined): string {
  if (!map.source) return entryLines(map.entries ?? [])
  if (!sharedStorage) throw new Error(`map ${map.name}: the cloud stack has no file system`)
  return `${sharedStorage.server}:/${map.name}`
}

/** A key of several directories cannot be looked up by itself: it is an offset below the key of its first directory. */
function entryLines(entries: Entries): string {
  const byFirst = Map.groupBy(entries, ({ key }) => key.split('/')[0] ?? key)
  return [...byFirst].map(([first, group]) => `${first} ${offsets(first, group)}\n`).join('')
}

function offsets(first: string, group: Entries): string {
  const sorted = group.toSorted((a, b) => (a.key < b.key ? -1 : 1))
  return sorted.map((entry) => `${offset(first, entry.key, group.length)}${mount(entry)}`).join(' ')
}

function offset(first: string, key: string, siblings: number): string {
  const below = key.slice(first.length)
  return siblings === 1 && below === '' ? '' : `${below || '/'} `
}

/** Shared storage holds files of many: none of them makes its reader root or opens a device. */
const mount = ({ options, location }: Entries[number]) =>
  `-${[options.replace(/^-/, ''), 'nosuid,nodev'].filter(Boolean).join(',')} ${location}`
