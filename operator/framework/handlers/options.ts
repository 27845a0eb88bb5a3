// What a handler may be declared with: which objects and changes it is for, and what its errors mean.
import type { Logger } from 'pino'
import type { KubeObject } from '../kube/objects.ts'
import type { Memo } from '../context/context.ts'
import type { Diff } from './diff.ts'

/** In a filter: whatever the value is, as long as there is one. */
export const PRESENT: unique symbol = Symbol('present')
/** In a filter: no value at all. */
export const ABSENT: unique symbol = Symbol('absent')

export type Reason = 'create' | 'update' | 'delete' | 'resume'

/** What happened to an object, as far as a handler is concerned. */
export type Change = { reason: Reason; old: unknown; new: unknown; diff: Diff }

/** What a filter may look at. */
export type Candidate<S = unknown, T = unknown> = {
  readonly obj: KubeObject<S, T>
  readonly reason: Reason | undefined
  readonly old: unknown
  readonly new: unknown
  readonly diff: Diff
  readonly memo: Memo
  readonly log: Logger
}

export type Predicate<S = unknown, T = unknown> = (candidate: Candidate<S, T>) => boolean

export type Match<Value, S = unknown, T = unknown> =
  | Value
  | typeof PRESENT
  | typeof ABSENT
  | ((value: Value | undefined, candidate: Candidate<S, T>) => boolean)

/** What a field of an object may be. */
export type FieldValue =
  | string
  | number
  | boolean
  | null
  | readonly unknown[]
  | { readonly [field: string]: unknown }

/** As a Match; whoever knows what the field holds may say so of the function's parameter. */
export type FieldMatch<S = unknown, T = unknown> =
  | FieldValue
  | typeof PRESENT
  | typeof ABSENT
  | { of(value: unknown, candidate: Candidate<S, T>): boolean }['of']

/** All of them have to hold. */
export type Filters<S = unknown, T = unknown> = {
  labels?: Record<string, Match<string, S, T>>
  annotations?: Record<string, Match<string, S, T>>
  /** A path such as spec.size. Handlers of updates are called only when it changed. */
  field?: string | readonly string[]
  /** Of the field; for updates of either side of the change. Present by default. */
  value?: FieldMatch<S, T>
  /** Of the field before the change; updates only. */
  old?: FieldMatch<S, T>
  /** Of the field after the change; updates only. */
  new?: FieldMatch<S, T>
  when?: Predicate<S, T>
}

export type ErrorOptions = {
  /** What an error that is neither Temporary nor Permanent means: temporary by default. */
  errors?: 'temporary' | 'permanent' | 'ignored'
  /** Attempts; then the failure is permanent. No limit by default. */
  retries?: number
  /** From the first attempt on, all attempts together; then the failure is permanent. No limit by default. */
  timeoutMs?: number
  /** Between attempts; without it 1 s doubling to 5 minutes. */
  backoffMs?: number
}

export type HandlerOptions<S = unknown, T = unknown> = Filters<S, T> &
  ErrorOptions & {
    /** Names the handler in its progress, in events and in logs; its function's name by default. */
    id?: string
  }

export type ResumeOptions<S = unknown, T = unknown> = HandlerOptions<S, T> & {
  /** Also for objects that are being deleted, false by default. */
  deleted?: boolean
}

export type DeletionOptions<S = unknown, T = unknown> = HandlerOptions<S, T> & {
  /** `<operator's name>/finalizer` by default; one for all delete handlers of a kind. */
  finalizer?: string
  /** Does not hold the deletion up: called only when the object is still there anyway. */
  optional?: boolean
}

type Delay<S, T> = number | ((candidate: Candidate<S, T>) => number)

export type TimerOptions<S = unknown, T = unknown> = HandlerOptions<S, T> & {
  everyMs: number
  /** Counts the interval from the start of a tick, not from its end. */
  sharp?: boolean
  /** Share of the interval by which it varies, 0.1 by default; none when sharp. */
  jitter?: number
  /** Before the first tick; by default anything up to the interval, so that a restart is no stampede. */
  initialDelayMs?: Delay<S, T>
  /** Ticks only when the object has not changed for this long. */
  idleMs?: number
  /** Ticks of it at the same time, of all objects together; no limit by default. */
  concurrency?: number
}

export type DaemonOptions<S = unknown, T = unknown> = HandlerOptions<S, T> & {
  /** When it ends: never again in this process, only after an error (default), or always. */
  restart?: 'never' | 'onError' | 'always'
  restartAfterMs?: number
  initialDelayMs?: Delay<S, T>
  /** How long it may take to stop, 30 s by default; then it is left behind. */
  stopMs?: number
  /** Keeps the object until the daemon has stopped, by the operator's finalizer; false by default. */
  holdsDeletion?: boolean
}

export const all =
  <Args extends unknown[]>(tests: readonly ((...args: Args) => boolean)[]) =>
  (...args: Args): boolean =>
    tests.every((test) => test(...args))

export const any =
  <Args extends unknown[]>(tests: readonly ((...args: Args) => boolean)[]) =>
  (...args: Args): boolean =>
    tests.some((test) => test(...args))

export const not =
  <Args extends unknown[]>(test: (...args: Args) => boolean) =>
  (...args: Args): boolean =>
    !test(...args)

export const none = <Args extends unknown[]>(tests: readonly ((...args: Args) => boolean)[]) =>
  not(any(tests))
