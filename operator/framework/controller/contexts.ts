// Makes the contexts of a controller's handlers, and keeps what lasts from one to the next: memos, and what
// was applied of children.
import type { Logger } from 'pino'
import { seeingOwnWrites } from '../cache/own-writes.ts'
import type { SharedCaches } from '../cache/shared-caches.ts'
import type { Clock } from '../clock.ts'
import { Children, type AppliedMemory } from '../context/children.ts'
import type { Memo } from '../context/context.ts'
import type { EventRecorder } from '../context/event-recorder.ts'
import { RunContext, type RunContextOptions } from '../context/run-context.ts'
import type { Progress } from '../handlers/progress.ts'
import type { Kind } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import { keyOf, keyText, type Key, type KubeObject } from '../kube/objects.ts'
import { writeStatus, type StatusWriter } from '../status/write.ts'
import { LiveContext } from '../tasks/live-context.ts'

export type ContextsOptions = {
  kind: Kind
  name: string
  kube: Kube
  caches: SharedCaches
  clock: Clock
  log: Logger
  events: EventRecorder
  /** What every object's memo begins with. */
  memo: Memo
  /** Kinds that a set of children may have members of. */
  childKinds: Set<Kind>
  assertAllowed: () => void
  latest: (key: Key) => KubeObject | undefined
  wake: (key: Key) => void
  lookAgain: (key: Key, ms: number) => void
  onStatusWrite: () => void
}

type OfRun = {
  obj: KubeObject
  kube: Kube
  log: Logger
  signal: AbortSignal
  first: boolean
  attempt: number
}

export class Contexts {
  readonly #o: ContextsOptions
  /** By the key of the object; gone with it, because manifests are large and may hold secrets. */
  readonly #applied = new Map<string, AppliedMemory>()
  /** By its uid; made when somebody asks for it. */
  readonly #memos = new Map<string, Memo>()

  constructor(o: ContextsOptions) {
    this.#o = o
  }

  ofRun(o: OfRun): RunContext {
    return new RunContext(this.#options({ ...o, obj: () => o.obj }, o.obj))
  }

  /** For a task that sees the object as it is at any time. */
  ofTask(o: { obj: () => KubeObject; signal: AbortSignal; progress: Progress }): LiveContext {
    const { caches, assertAllowed, kind, clock, name, latest, onStatusWrite } = this.#o
    const kube = seeingOwnWrites(this.#o.kube, { caches, assertAllowed })
    const { attempts, startedAt } = o.progress
    const log = this.logOf(o.obj())
    const writer: StatusWriter = {
      kind,
      kube,
      clock,
      onStatusWrite,
      fieldManager: name,
      latest: () => latest(keyOf(o.obj())),
    }
    return new LiveContext({
      ...this.#options({ ...o, kube, log, first: attempts === 0, attempt: attempts }, o.obj()),
      startedAt: new Date(startedAt),
      write: (collected) => writeStatus(writer, o.obj(), collected, undefined),
    })
  }

  memoOf({ metadata }: KubeObject): Memo {
    const known = this.#memos.get(metadata.uid)
    if (known) return known
    const memo = { ...this.#o.memo }
    this.#memos.set(metadata.uid, memo)
    return memo
  }

  logOf({ metadata }: KubeObject): Logger {
    const { name, namespace, uid, generation } = metadata
    return this.#o.log.child({ kind: this.#o.kind.kind, ns: namespace, name, uid, generation })
  }

  forget(text: string, uid: string | undefined): void {
    this.#applied.delete(text)
    if (uid) this.#memos.delete(uid)
  }

  #options(o: Omit<OfRun, 'obj'> & { obj: () => KubeObject }, obj: KubeObject): RunContextOptions {
    const { caches, clock, events, name, kind, childKinds, wake, lookAgain } = this.#o
    const key = keyOf(obj)
    const owner = { kind, obj }
    const memory: AppliedMemory = this.#applied.get(keyText(key)) ?? new Map()
    this.#applied.set(keyText(key), memory)
    return {
      key,
      childKinds,
      wake,
      lookAgain: (ms) => lookAgain(key, ms),
      obj: o.obj,
      log: o.log,
      kube: o.kube,
      first: o.first,
      signal: o.signal,
      attempt: o.attempt,
      now: () => new Date(clock.now()),
      children: new Children({ kube: o.kube, caches, manager: name, memory }, owner, o.signal),
      record: (event) => events.record(owner, event),
      memo: () => this.memoOf(obj),
    }
  }
}
