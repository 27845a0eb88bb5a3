// The operations that make one object of another (RFC 6902). Pure.
import { diffOf } from '../handlers/diff.ts'

export type PatchOperation = { op: 'add' | 'remove' | 'replace'; path: string; value?: unknown }

const operations = { add: 'add', remove: 'remove', change: 'replace' } as const

/** Lists are replaced as a whole. */
export const patchBetween = (before: unknown, after: unknown): PatchOperation[] =>
  diffOf(before, after).map(({ op, path, new: value }) => ({
    op: operations[op],
    path: path.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
    ...(op !== 'remove' && { value }),
  }))
