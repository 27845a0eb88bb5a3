// The daemons and timers of one controller: started for each object that they are for, stopped when it
// goes, is no longer theirs, or the operator ends.
import type { Logger } from 'pino'
import type { Clock, Timer } from '../clock.ts'
import type { Memo } from '../context/context.ts'
import { Interrupt, type InterruptCause } from '../controller/interrupt.ts'
import { FairGate } from '../fair-gate.ts'
import { digest, essenceOf } from '../handlers/essence.ts'
import { isFor } from '../handlers/filters.ts'
import type { Candidate } from '../handlers/options.ts'
import type { Progress } from '../handlers/progress.ts'
import type { KubeObject } from '../kube/objects.ts'
import { daemon } from './daemon.ts'
import type { LiveContext } from './live-context.ts'
import type { Task, TaskEntry } from './task.ts'
import { timer } from './timer.ts'

export type BackgroundOptions = {
  clock: Clock
  deadlineMs: number
  logOf: (obj: KubeObject) => Logger
  memoOf: (obj: KubeObject) => Memo
  contextOf: (o: { obj: () => KubeObject; signal: AbortSignal; progress: Progress }) => LiveContext
  /** All tasks of the object have ended. */
  onQuiet: (obj: KubeObject) => void
  random?: () => number
}

type Running = { controller: AbortController; ended: Promise<void>; patience?: Timer }

type Subject = {
  obj: KubeObject
  changedAt: number
  version: string
  running: Map<TaskEntry, Running>
  /** Those that came to their end by themselves: never again in this process. */
  spent: Set<TaskEntry>
}

const stopMs = 30_000

export class Background {
  readonly #entries: readonly TaskEntry[]
  readonly #o: BackgroundOptions
  readonly #subjects = new Map<string, Subject>()
  /** Of the timers that have a limit. */
  readonly #gates: ReadonlyMap<TaskEntry, FairGate>
  #stopping: InterruptCause | undefined

  constructor(entries: readonly TaskEntry[], o: BackgroundOptions) {
    this.#entries = entries
    this.#o = o
    this.#gates = new Map(entries.flatMap((entry) => gateOf(entry)))
  }

  /** Told of every version of every object. */
  see(obj: KubeObject): void {
    const subject = this.#subjectOf(obj)
    for (const entry of this.#entries) {
      const isWanted =
        !obj.metadata.deletionTimestamp && isFor(entry.options, this.#candidate(subject))
      if (isWanted) this.#start(subject, entry)
      else this.#stop(subject, entry, obj.metadata.deletionTimestamp ? 'deleted' : 'unmatched')
    }
  }

  gone({ metadata }: KubeObject): void {
    const subject = this.#subjects.get(metadata.uid)
    this.#subjects.delete(metadata.uid)
    for (const entry of subject?.running.keys() ?? [])
      if (subject) this.#stop(subject, entry, 'deleted')
  }

  isQuiet({ metadata }: KubeObject): boolean {
    return (this.#subjects.get(metadata.uid)?.running.size ?? 0) === 0
  }

  async stopAll(cause: InterruptCause): Promise<void> {
    this.#stopping = cause
    const subjects = [...this.#subjects.values()]
    const ended = subjects.flatMap(({ running }) => [...running.values()].map((task) => task.ended))
    for (const subject of subjects)
      for (const entry of subject.running.keys()) this.#stop(subject, entry, cause)
    await Promise.all(ended)
  }

  #subjectOf(obj: KubeObject): Subject {
    const { uid, generation } = obj.metadata
    const version = generation === undefined ? digest(essenceOf(obj)) : String(generation)
    const known = this.#subjects.get(uid)
    const at = this.#o.clock.monotonic()
    if (!known) {
      const running = new Map<TaskEntry, Running>()
      const subject = { obj, version, changedAt: at, running, spent: new Set<TaskEntry>() }
      this.#subjects.set(uid, subject)
      return subject
    }
    known.obj = obj
    if (known.version !== version) Object.assign(known, { version, changedAt: at })
    return known
  }

  #start(subject: Subject, entry: TaskEntry): void {
    const { running, spent } = subject
    if (this.#stopping || running.has(entry) || spent.has(entry)) return
    const controller = new AbortController()
    const task: Running = { controller, ended: Promise.resolve() }
    running.set(entry, task)
    task.ended = this.#run(subject, entry, controller.signal)
      .catch((error: unknown) => this.#o.logOf(subject.obj).error({ err: error }, 'a task failed'))
      .finally(() => this.#end(subject, entry, task))
  }

  #run(subject: Subject, entry: TaskEntry, signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#o
    const gate = this.#gates.get(entry)
    const { uid } = subject.obj.metadata
    const task: Task = {
      entry,
      clock,
      signal,
      ...(random && { random }),
      idleMs: () => clock.monotonic() - subject.changedAt,
      inTurn: (call) => (gate ? gate.run(uid, signal, call) : call()),
      candidate: () => this.#candidate(subject),
      contextOf: (progress: Progress, of: AbortSignal) =>
        this.#o.contextOf({ obj: () => subject.obj, signal: of, progress }),
    }
    const { options } = entry
    return options.type === 'daemon'
      ? daemon(task, options)
      : timer(task, options, this.#o.deadlineMs)
  }

  #stop(subject: Subject, entry: TaskEntry, cause: InterruptCause): void {
    const task = subject.running.get(entry)
    if (!task || task.controller.signal.aborted) return
    const { options } = entry
    const patienceMs = (options.type === 'daemon' ? options.stopMs : undefined) ?? stopMs
    task.patience = this.#o.clock.setTimeout(() => {
      this.#o.logOf(subject.obj).warn({ handler: entry.id }, 'still runs; left behind')
      this.#end(subject, entry, task)
    }, patienceMs)
    task.controller.abort(new Interrupt(cause))
  }

  #end(subject: Subject, entry: TaskEntry, task: Running): void {
    this.#o.clock.clearTimeout(task.patience)
    if (subject.running.get(entry) !== task) return // it was left behind
    subject.running.delete(entry)
    const wasTold = task.controller.signal.aborted
    if (!wasTold) subject.spent.add(entry)
    if (subject.running.size === 0 && wasTold) this.#o.onQuiet(subject.obj)
    if (wasTold && this.#subjects.get(subject.obj.metadata.uid) === subject) this.see(subject.obj)
  }

  #candidate({ obj }: Subject): Candidate {
    const seen = { obj, memo: this.#o.memoOf(obj), log: this.#o.logOf(obj) }
    return { ...seen, reason: undefined, old: undefined, new: undefined, diff: [] }
  }
}

function gateOf(entry: TaskEntry): [TaskEntry, FairGate][] {
  const { options } = entry
  const places = options.type === 'timer' ? options.concurrency : undefined
  return places === undefined ? [] : [[entry, new FairGate({ places, share: 1 })]]
}
