// What is kept with an object so that its handlers know, over restarts, what they have seen of it: one
// string, in an annotation or a field of the status. Pure.
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { clipped } from '../clip.ts'
import { abridged, type Kept } from './essence.ts'
import type { Progress } from './progress.ts'

export type HandlerRecord = Partial<Progress> & {
  /** The version of the object that the handler has been called for to the end; the base when left out. */
  seen?: string
  /** The version that its progress is about. */
  target?: string
}

export type Handled = {
  /** A copy of an object, under another name or from a backup, is an object of its own. */
  uid: string
  /** Handlers of creation have not all come to an end. */
  creating?: true
  /** The version that all handlers have seen. */
  base?: Kept
  /** Versions that some have seen while others still try, by their digest. */
  others?: Record<string, Kept>
  handlers?: Record<string, HandlerRecord>
}

const longestPlain = 2_048
const packed = 'deflate:'

/** In so many bytes: if need be without what was before a change, and without what errors say at length. */
export function written(handled: Handled, room = Number.POSITIVE_INFINITY): string {
  const text = textOf(handled)
  return Buffer.byteLength(text) <= room ? text : textOf(short(handled))
}

function textOf(handled: Handled): string {
  const text = JSON.stringify(handled)
  if (text.length <= longestPlain) return text
  return packed + deflateRawSync(text).toString('base64')
}

const longestMessage = 1_024

function short({ base, others, handlers, ...state }: Handled): Handled {
  const brief = (record: HandlerRecord) => ({
    ...record,
    ...(record.message !== undefined && { message: clipped(record.message, longestMessage) }),
  })
  return {
    ...state,
    ...(base && { base: abridged(base) }),
    ...(others && { others: mapped(others, abridged) }),
    ...(handlers && { handlers: mapped(handlers, brief) }),
  }
}

const mapped = <V>(of: Record<string, V>, by: (value: V) => V): Record<string, V> =>
  Object.fromEntries(Object.entries(of).map(([key, value]) => [key, by(value)]))

/** undefined when there is none, none of this object, or none that can be read. */
export function read(text: string | undefined, uid: string): Handled | undefined {
  if (!text) return undefined
  try {
    const plain = text.startsWith(packed)
      ? inflateRawSync(Buffer.from(text.slice(packed.length), 'base64'), { maxOutputLength })
      : text
    const handled = JSON.parse(plain.toString()) as Handled // checked for whose it is; written here alone
    return handled.uid === uid ? handled : undefined
  } catch {
    return undefined // somebody edited it: as if it were not there
  }
}

/** Far more than an object of Kubernetes may be. */
const maxOutputLength = 8 * 2 ** 20
