// The state of a stack while an operation runs: what is done, what is left from before, what is under way.
// It is on disk before and after every provider call that changes something, so that a kill leaves a true account.
import type { PendingOperation, PendingType, ResourceRecord, State } from './state.ts'
import { equal, mapProps } from '../values/values.ts'

export interface Checkpoint {
  /** Records as they stood when the program began. */
  readonly before: readonly ResourceRecord[]
  /** The program begins now: a refresh may have changed the records. */
  rebase(): void
  /** Records now: finished ones in the order of completion, then the untouched old ones. */
  records(): ResourceRecord[]
  /** Enters `record` as finished; `instead` leaves. */
  finish(record: ResourceRecord, instead?: ResourceRecord): void
  /** Puts `record` where `instead` stands. */
  swap(record: ResourceRecord, instead: ResourceRecord): void
  drop(record: ResourceRecord): void
  /** A record was changed in place. */
  touch(): void
  /** References to `from` now mean `to`: the resource was found under an alias. */
  rename(from: string, to: string): void
  begin(type: PendingType, resource: ResourceRecord): Promise<PendingOperation>
  settle(operation: PendingOperation): void
  /** Forgets operations that a crashed run left, but for creations unless asked. */
  forgetPending(o: { creations: boolean }): void
  pending(): readonly PendingOperation[]
  /** Resolves when everything up to now is on disk. */
  flush(): Promise<void>
}

export function openCheckpoint(
  state: State,
  save: ((state: State) => Promise<void>) | undefined,
): Checkpoint {
  const finished: ResourceRecord[] = []
  const rest = [...state.resources]
  let before: readonly ResourceRecord[] = state.resources
  const renamed = new Map<string, string>()
  const records = () => [...finished, ...rest]
  const current = () => ({
    resources: [...finished, ...rest.map((record) => withRenames(record, renamed))],
    pending: [...pending.pending()],
  })
  const writer = openWriter(save && (() => save(current())))
  const pending = openPending(state.pending, writer)
  const take = (record: ResourceRecord) => {
    for (const list of [finished, rest]) {
      const at = list.indexOf(record)
      if (at >= 0) list.splice(at, 1)
    }
  }
  return {
    get before() {
      return before
    },
    rebase() {
      before = records()
    },
    records,
    finish(record, instead) {
      if (instead) take(instead)
      finished.push(record)
      if (!instead || !equal(record, instead)) writer.touch()
    },
    swap(record, instead) {
      for (const list of [finished, rest]) {
        const at = list.indexOf(instead)
        if (at >= 0) list[at] = record
      }
      if (!equal(record, instead)) writer.touch()
    },
    drop(record) {
      take(record)
      writer.touch()
    },
    touch: writer.touch,
    rename: (from, to) => void renamed.set(from, to),
    ...pending,
    flush: writer.flush,
  }
}

type Writer = { touch: () => void; flush: () => Promise<void> }

function openPending(left: readonly PendingOperation[], writer: Writer) {
  let pending = [...left]
  return {
    async begin(type: PendingType, resource: ResourceRecord): Promise<PendingOperation> {
      const operation = { resource, type }
      pending.push(operation)
      writer.touch()
      await writer.flush()
      return operation
    },
    settle(operation: PendingOperation): void {
      pending = pending.filter((other) => other !== operation)
      writer.touch()
    },
    forgetPending({ creations }: { creations: boolean }): void {
      pending = creations ? [] : pending.filter(({ type }) => type === 'creating')
      writer.touch()
    },
    pending: (): readonly PendingOperation[] => pending,
  }
}

/** One write at a time; whoever waits gets a write that began after his change, shared with all who came before it. */
function openWriter(write: (() => Promise<void>) | undefined): Writer {
  let changed = 0
  let written = 0
  let running: Promise<void> | undefined
  const writeOnce = async () => {
    const covers = changed
    try {
      await write?.()
      written = covers
    } finally {
      running = undefined
    }
  }
  return {
    touch: () => {
      changed += 1
    },
    flush: async () => {
      const wanted = changed
      while (written < wanted) await (running ??= writeOnce())
    },
  }
}

function withRenames(record: ResourceRecord, renamed: ReadonlyMap<string, string>): ResourceRecord {
  if (renamed.size === 0) return record
  const current = (urn: string) => renamed.get(urn) ?? urn
  const result: ResourceRecord = { ...record }
  if (record.parent) result.parent = current(record.parent)
  if (record.deletedWith) result.deletedWith = current(record.deletedWith)
  if (record.dependencies) result.dependencies = record.dependencies.map(current)
  if (record.provider) {
    const at = record.provider.lastIndexOf('::')
    result.provider = current(record.provider.slice(0, at)) + record.provider.slice(at)
  }
  if (record.propertyDependencies) {
    result.propertyDependencies = mapProps(record.propertyDependencies, (urns) =>
      // Values of propertyDependencies are lists of URNs.
      (urns as string[]).map(current),
    ) as Record<string, string[]>
  }
  return equal(result, record) ? record : result
}
