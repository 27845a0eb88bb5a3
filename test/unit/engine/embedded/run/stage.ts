// One update on a state in memory, with a provider that says what the test wants: for the steps of the engine without its
// command, its files and Pulumi's SDK. What the official CLI does in the same places is held by the conformance table.
import { openCheckpoint } from '../../../../../operator/engine/embedded/state/checkpoint.ts'
import type {
  EngineProvider,
  ResourceRef,
} from '../../../../../operator/engine/embedded/providers/provider.ts'
import { openProviders } from '../../../../../operator/engine/embedded/providers/providers.ts'
import type { Goal } from '../../../../../operator/engine/embedded/run/goal.ts'
import { openSlots, type Update } from '../../../../../operator/engine/embedded/run/run.ts'
import type {
  PendingOperation,
  ResourceRecord,
  State,
} from '../../../../../operator/engine/embedded/state/state.ts'
import { providerRef } from '../../../../../operator/engine/embedded/state/urn.ts'
import type { Props } from '../../../../../operator/engine/embedded/values/props.ts'
import { openEvents } from '../../../../../operator/engine/embedded/wire/events.ts'

export const urn = (name: string, type = 'fake:index:Thing') =>
  `urn:pulumi:dev::proj::${type}::${name}`
const nameOf = (of: string) => of.split('::').at(-1) ?? ''

/** The provider that every thing is on, and its place in the state. */
export const provider: ResourceRecord = {
  urn: urn('prov', 'pulumi:providers:fake'),
  custom: true,
  id: 'p1',
  type: 'pulumi:providers:fake',
  inputs: {},
  outputs: {},
}
export const onProvider = providerRef({ urn: provider.urn, id: 'p1' })

/** A thing that an earlier update has made. */
export const thing = (name: string, more: Partial<ResourceRecord> = {}): ResourceRecord => ({
  urn: urn(name),
  custom: true,
  id: `id-${name}`,
  type: 'fake:index:Thing',
  inputs: { size: 1 },
  outputs: { size: 1 },
  provider: onProvider,
  created: '2026-01-01T00:00:00.000Z',
  modified: '2026-01-01T00:00:00.000Z',
  ...more,
})

/** A thing that comes from others by its input `ref`. */
export const after = (name: string, others: string[], more: Partial<ResourceRecord> = {}) =>
  thing(name, {
    inputs: { size: 1, ref: 'x' },
    dependencies: others.map((other) => urn(other)),
    propertyDependencies: { size: [], ref: others.map((other) => urn(other)) },
    ...more,
  })

/** What the program wants. */
export const goal = (name: string, more: Partial<Goal> = {}): Goal => ({
  type: 'fake:index:Thing',
  name,
  custom: true,
  remote: false,
  parent: '',
  inputs: { size: 1 },
  dependencies: [],
  propertyDependencies: {},
  provider: onProvider,
  providers: {},
  version: '',
  pluginDownloadURL: '',
  protect: undefined,
  retainOnDelete: undefined,
  deletedWith: '',
  deleteBeforeReplace: undefined,
  ignoreChanges: [],
  replaceOnChanges: [],
  additionalSecretOutputs: [],
  aliases: [],
  importId: '',
  customTimeouts: undefined,
  ...more,
})

export type Stage = {
  run: Update
  /** The provider's calls, as `create a`. */
  calls: string[]
  /** What they were called with, in the same order. */
  given: unknown[][]
  /** Steps as `create a` when they end, with `starting …` and `failed …`; diagnostics as `error: …`. */
  told: string[]
  /** The state as it was written each time. */
  written: State[]
  /** Names in the state now, those to be deleted with a `-`, those whose replacement is to come with a `~`. */
  names(): string[]
  record(name: string): ResourceRecord | undefined
  cancel(): void
}

export function stage(
  o: {
    resources?: ResourceRecord[]
    pending?: PendingOperation[]
    provider?: Partial<EngineProvider>
    dryRun?: boolean
    parallel?: number
    replace?: string[]
    config?: Update['config']
  } = {},
): Stage {
  const { resources = [], pending = [], dryRun = false, parallel = 16 } = o
  const calls: string[] = []
  const given: unknown[][] = []
  const told: string[] = []
  const written: State[] = []
  const stop = new AbortController()
  const save = async (state: State) => void written.push(structuredClone(state))
  const checkpoint = openCheckpoint(
    { resources: [provider, ...resources], pending },
    dryRun ? undefined : save,
  )
  const source = loggedProvider(o.provider ?? {}, (call, args) => {
    calls.push(call)
    given.push(structuredClone(args))
  })
  const find = (ref: string) =>
    checkpoint
      .records()
      .find((record) => providerRef({ urn: record.urn, id: record.id ?? '' }) === ref)
  const run: Update = {
    project: 'proj',
    stack: 'dev',
    dryRun,
    parallel,
    config: o.config ?? { values: new Map(), secretKeys: [] },
    checkpoint,
    events: openEvents({
      target: undefined,
      onEvent: (event) => {
        const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent } = event
        const tell = (words: string, at: typeof resOutputsEvent) =>
          at && told.push(`${words}${at.metadata.op} ${nameOf(at.metadata.urn)}`)
        tell('starting ', resourcePreEvent)
        tell('', resOutputsEvent)
        tell('failed ', resOpFailedEvent)
        if (diagnosticEvent) told.push(`${diagnosticEvent.severity}: ${diagnosticEvent.message}`)
      },
      preview: dryRun,
    }),
    providers: openProviders({ source: async () => ({ provider: source }), find }),
    slots: openSlots(parallel),
    replace: new Set(o.replace),
    signal: stop.signal,
    claimed: new Set(),
    registered: new Map(),
    formerUrn: new Map(),
    matched: new Set(),
    deletedEarly: new Map(),
    defaults: new Map(),
    addresses: { monitor: 'unix:monitor', engine: 'unix:engine' },
    attach: (program) => program,
    changes: {},
    failure: undefined,
    stackOutputs: undefined,
  }
  const things = () => checkpoint.records().filter((record) => record !== provider)
  const marked = (record: ResourceRecord) =>
    `${record.delete ? '-' : ''}${record.pendingReplacement ? '~' : ''}${nameOf(record.urn)}`
  return {
    run,
    calls,
    given,
    told,
    written,
    names: () => things().map(marked),
    record: (name) => things().findLast((record) => marked(record) === name),
    cancel: () => stop.abort(),
  }
}

/** Does what it is asked and finds nothing changed, unless `own` says otherwise. */
function loggedProvider(
  own: Partial<EngineProvider>,
  log: (call: string, args: unknown[]) => void,
): EngineProvider {
  const usual: EngineProvider = {
    version: '1.0.0',
    check: async (_urn, _olds, news) => ({ inputs: news }),
    diff: async () => ({}),
    create: async (of, inputs) => ({ id: `new-${nameOf(of)}`, outputs: { ...inputs, made: true } }),
    update: async (_resource, _olds, news) => ({ outputs: { ...news, updated: true } }),
    read: async ({ id }, outputs, inputs) => ({ id, outputs, inputs }),
    delete: async () => undefined,
    invoke: async (_token, args) => ({ outputs: args }),
  }
  const methods = Object.entries({ ...usual, ...own }).map(([method, call]: [string, unknown]) => {
    if (typeof call !== 'function') return [method, call]
    const logged = (...args: [string | ResourceRef, ...unknown[]]) => {
      const [first] = args
      log(`${method} ${nameOf(typeof first === 'string' ? first : (first?.urn ?? ''))}`, args)
      return call(...args) as unknown
    }
    return [method, logged]
  })
  return Object.fromEntries(methods) as EngineProvider
}

/** A provider for which a change of `size` needs a new thing. */
export const replacedBySize: Partial<EngineProvider> = {
  diff: async (_resource, _outputs, news: Props, { oldInputs }) => {
    const changed = Object.keys(news).filter((key) => news[key] !== oldInputs[key])
    return { changes: changed.length > 0, replaces: changed.filter((key) => key === 'size') }
  },
}
