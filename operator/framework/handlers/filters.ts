// Whether a handler is for an object, and for a change of it. Pure but for the callbacks it is given.
import { isDeepStrictEqual } from 'node:util'
import { fieldOf } from './essence.ts'
import {
  ABSENT,
  PRESENT,
  type Candidate,
  type FieldMatch,
  type Filters,
  type Match,
} from './options.ts'

type AnyFilters = Filters<never, never>
type AnyMatch = Match<string, never, never> | FieldMatch<never, never>

/** The object as it is: labels, annotations, `when`, and the field's value. */
export function isFor(filters: AnyFilters, candidate: Candidate): boolean {
  return isAbout(filters, candidate) && hasValue(filters, candidate)
}

/** A change: the same, but the value of either side of it counts, and the sides can be asked for. */
export function isForChange(filters: AnyFilters, candidate: Candidate): boolean {
  if (!isAbout(filters, candidate)) return false
  const { old, new: now } = candidate
  if (filters.old !== undefined && !matches(filters.old, old, candidate)) return false
  if (filters.new !== undefined && !matches(filters.new, now, candidate)) return false
  if (filters.value === undefined) return true // the field changed, so it is present on one side
  return matches(filters.value, old, candidate) || matches(filters.value, now, candidate)
}

function isAbout(filters: AnyFilters, candidate: Candidate): boolean {
  const { labels, annotations } = candidate.obj.metadata
  const { when } = filters
  return (
    haveAll(filters.labels, labels, candidate) &&
    haveAll(filters.annotations, annotations, candidate) &&
    (!when || when(candidate as Candidate<never, never>))
  )
}

function haveAll(
  wanted: AnyFilters['labels'],
  given: Record<string, string> = {},
  candidate: Candidate,
): boolean {
  const tests = Object.entries(wanted ?? {})
  return tests.every(([name, match]) => matches(match, given[name], candidate))
}

function hasValue({ field, value = PRESENT }: AnyFilters, candidate: Candidate): boolean {
  return field === undefined || matches(value, fieldOf(field).of(candidate.obj), candidate)
}

function matches(match: AnyMatch, value: unknown, candidate: Candidate): boolean {
  if (match === PRESENT) return value !== undefined
  if (match === ABSENT) return value === undefined
  if (typeof match !== 'function') return isDeepStrictEqual(match, value)
  return (match as (value: unknown, candidate: Candidate) => boolean)(value, candidate)
}
