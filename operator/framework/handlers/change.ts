// What a handler of changes has to be told of an object, if anything. Pure.
import { isDeepStrictEqual } from 'node:util'
import { diffOf } from './diff.ts'
import type { Entry } from './entry.ts'
import { abridged, digest, type Field, type Kept } from './essence.ts'
import { isFor, isForChange } from './filters.ts'
import type { Candidate, Change, Reason } from './options.ts'

type Seen = Omit<Candidate, keyof Change>

export function wantsOf(entries: readonly Entry[]): { whole: boolean; fields: readonly Field[] } {
  const watching = entries.filter(({ cause }) => cause === 'update' || cause === 'field')
  const fields = new Map(watching.flatMap(({ field }) => (field ? [[field.name, field]] : [])))
  return { whole: watching.some(({ field }) => !field), fields: [...fields.values()] }
}

/** What was not looked at before counts as unchanged. */
export function rebased(base: Kept | undefined, kept: Kept): Kept {
  const now = base?.abridged === undefined ? kept : abridged(kept)
  const fields = Object.entries(now.fields ?? {}).map(([name, value]) => [
    name,
    known(base, name) ? base?.fields?.[name] : value,
  ])
  return {
    ...(now.essence !== undefined && { essence: base?.essence ?? now.essence }),
    ...(now.fields && { fields: Object.fromEntries(fields) }),
    ...(base?.abridged !== undefined && { abridged: base.abridged }),
  }
}

const known = (base: Kept | undefined, name: string): boolean =>
  base?.fields !== undefined && name in base.fields

/** Of an object that is new to the operator. */
export function creation(entry: Entry, seen: Seen, kept: Kept): Change | undefined {
  if (entry.cause !== 'create' && entry.cause !== 'field') return undefined
  const now = sideOf(entry, kept) ?? entry.field?.of(seen.obj)
  const diff = diffOf(undefined, now)
  const change: Change = { reason: 'create', old: undefined, new: now, diff }
  const candidate = { ...seen, ...change }
  if (entry.cause === 'create') return isFor(entry.options, candidate) ? change : undefined
  return now !== undefined && isForChange(entry.options, candidate) ? change : undefined
}

/** Between two versions of an object. */
export function update(
  entry: Entry,
  seen: Seen,
  { base, kept }: { base: Kept; kept: Kept },
): Change | undefined {
  if (entry.cause !== 'update' && entry.cause !== 'field') return undefined
  const [old, now] = [sideOf(entry, base), sideOf(entry, kept)]
  const isAbridged = base.abridged !== undefined
  if (isDeepStrictEqual(old, isAbridged ? digestOf(now) : now)) return undefined
  const change = isAbridged ? unknownBefore(now) : { old, new: now, diff: diffOf(old, now) }
  const candidate = { ...seen, ...change, reason: 'update' as const }
  return isForChange(entry.options, candidate) ? { ...change, reason: 'update' } : undefined
}

const digestOf = (value: unknown) => (value === undefined ? undefined : digest(value))

function unknownBefore(now: unknown): Omit<Change, 'reason'> {
  const op = now === undefined ? 'remove' : 'change'
  return { old: undefined, new: now, diff: [{ op, path: [], old: undefined, new: now }] }
}

/** Of an object as it is: it goes, or this process meets it for the first time. */
export function presence(entry: Entry, seen: Seen, reason: Reason): Change | undefined {
  const now = entry.field?.of(seen.obj)
  const change: Change = { reason, old: now, new: now, diff: [] }
  return isFor(entry.options, { ...seen, ...change }) ? change : undefined
}

/** Whether any handler will ever want to know of the object as it is: of others nothing is kept. */
export const concerns = (entries: readonly Entry[], seen: Seen): boolean =>
  entries.some(
    (entry) =>
      ['create', 'update', 'field'].includes(entry.cause) &&
      isFor(entry.options, {
        ...seen,
        reason: undefined,
        old: undefined,
        new: undefined,
        diff: [],
      }),
  )

const sideOf = ({ field }: Entry, kept: Kept): unknown =>
  field ? (kept.fields?.[field.name] ?? undefined) : kept.essence
