// The steps that change one custom resource: create, update, same; and what they leave in the state.
import type { Goal } from './goal.ts'
import type { ConfiguredProvider } from '../providers/providers.ts'
import type { DiffResult } from '../providers/provider.ts'
import type { Props } from '../values/props.ts'
import { timesOf } from '../state/record.ts'
import { count, performStep, type Update } from './run.ts'
import type { ResourceRecord } from '../state/state.ts'
import { isObject, withSecretOutputs } from '../values/values.ts'

type Subject = { goal: Goal; urn: string; provider: ConfiguredProvider; record: ResourceRecord }

export async function createStep(
  run: Update,
  o: Subject & {
    op?: 'create' | 'create-replacement'
    /** What asks for the replacement. */
    keys?: readonly string[] | undefined
    /** Leaves the state. */
    instead?: ResourceRecord
    /** Stays in the state, to be deleted in the end. */
    supersedes?: ResourceRecord
  },
): Promise<ResourceRecord> {
  const op = o.op ?? 'create'
  const old = o.instead ?? o.supersedes
  const { urn, keys } = o
  const step = { op, urn, old, new: o.record, keys, pending: 'creating' as const }
  const created = await performStep(run, step, async () => {
    const answer = await callCreate(run, o)
    const record = complete(o.record, { ...answer, times: timesOf(undefined, 'create') })
    if (o.supersedes) run.checkpoint.swap(condemned(o.supersedes, record), o.supersedes)
    run.checkpoint.finish(record, o.instead)
    return refuseUnhealthy(run, record)
  })
  if (op === 'create-replacement') {
    run.events.starts({ op: 'replace', urn, old, new: created, keys })
    run.events.ends({ op: 'replace', urn, old, new: created, keys })
  }
  count(run, op === 'create' ? 'create' : 'replace', urn)
  return created
}

/** The old record of a replacement; what protects or keeps it is what the program says now. */
function condemned(old: ResourceRecord, record: ResourceRecord): ResourceRecord {
  const { protect: _, retainOnDelete: __, ...rest } = old
  const { protect, retainOnDelete } = record
  return {
    ...rest,
    ...(protect ? { protect } : {}),
    ...(retainOnDelete ? { retainOnDelete } : {}),
    delete: true,
  }
}

type Answer = { id: string; outputs: Props; initErrors?: string[] }

async function callCreate(run: Update, o: Subject): Promise<Answer> {
  const inputs = o.record.inputs ?? {}
  const { provider } = o.provider
  if (run.dryRun)
    return {
      id: '',
      outputs: await previewed(o, () =>
        provider?.create?.(o.urn, inputs, options(run, o, 'create')),
      ),
    }
  if (!provider?.create) throw new Error(`the provider of ${o.goal.type} cannot create resources`)
  return healthy(() => provider.create?.(o.urn, inputs, options(run, o, 'create')))
}

export async function updateStep(
  run: Update,
  o: Subject & { old: ResourceRecord },
  diff: DiffResult,
): Promise<ResourceRecord> {
  const step = {
    op: 'update' as const,
    urn: o.urn,
    old: o.old,
    new: o.record,
    diffs: diff.diffs,
    pending: 'updating' as const,
  }
  const updated = await performStep(run, step, async () => {
    const answer = await callUpdate(run, o)
    const record = complete(o.record, { ...answer, times: timesOf(o.old, 'update') })
    run.checkpoint.finish(record, o.old)
    return refuseUnhealthy(run, record)
  })
  count(run, 'update', o.urn)
  return updated
}

async function callUpdate(run: Update, o: Subject & { old: ResourceRecord }): Promise<Answer> {
  const id = o.old.id ?? ''
  const inputs = o.record.inputs ?? {}
  const { provider } = o.provider
  const more = {
    ...options(run, o, 'update'),
    oldInputs: o.old.inputs ?? {},
    ignoreChanges: o.goal.ignoreChanges,
  }
  const call = async () => provider?.update?.({ urn: o.urn, id }, o.old.outputs ?? {}, inputs, more)
  if (run.dryRun) return { id, outputs: await previewed(o, call) }
  if (!provider?.update) throw new Error(`the provider of ${o.goal.type} cannot update resources`)
  const answer = await healthy(async () => {
    const result = await call()
    return result && { id, outputs: result.outputs }
  })
  return { ...answer, id: answer.id || id }
}

export async function sameStep(
  run: Update,
  o: Subject & { old: ResourceRecord },
): Promise<ResourceRecord> {
  const answer = { id: o.old.id ?? '', outputs: o.old.outputs ?? {} }
  const record = complete(o.record, { ...answer, times: timesOf(o.old, 'same') })
  run.events.starts({ op: 'same', urn: o.urn, old: o.old, new: record })
  run.checkpoint.finish(record, o.old)
  run.events.ends({ op: 'same', urn: o.urn, old: o.old, new: record })
  count(run, 'same', o.urn)
  return record
}

/** In preview a provider is asked only when it says that it knows previews: one that does not would really create. */
async function previewed(
  o: Subject,
  call: () => Promise<{ outputs: Props } | undefined> | undefined,
): Promise<Props> {
  if (!o.provider.provider?.supportsPreview) return o.record.inputs ?? {}
  return (await call())?.outputs ?? o.record.inputs ?? {}
}

function options(run: Update, o: Subject, call: 'create' | 'update') {
  return {
    timeoutSeconds: o.goal.customTimeouts?.[call] ?? 0,
    preview: run.dryRun,
    signal: run.signal,
  }
}

/** An answer of the provider, or of its InitError: the resource is there, but not healthy. */
async function healthy(
  call: () => Promise<{ id: string; outputs: Props } | undefined> | undefined,
): Promise<Answer> {
  try {
    const answer = await call()
    if (!answer) throw new Error('the provider gave no answer')
    return answer
  } catch (error) {
    // By shape, not by class: the public provider interface throws any error with these properties.
    const { id, properties, reasons } = (error ?? {}) as {
      id?: unknown
      properties?: unknown
      reasons?: unknown
    }
    if (typeof id !== 'string' || !isObject(properties)) throw error
    const texts = Array.isArray(reasons) ? reasons.map(String) : [String(error)]
    return { id, outputs: properties, initErrors: texts }
  }
}

function refuseUnhealthy(run: Update, record: ResourceRecord): ResourceRecord {
  const reasons = record.initErrors ?? []
  if (reasons.length === 0 || run.dryRun) return record
  const title = `${reasons.length} error${reasons.length > 1 ? 's' : ''} occurred:`
  throw new Error([title, ...reasons.map((reason) => `\t* ${reason}`)].join('\n'))
}

function complete(
  record: ResourceRecord,
  o: Answer & { times: Pick<ResourceRecord, 'created' | 'modified'> },
): ResourceRecord {
  const outputs = withSecretOutputs(
    o.outputs,
    record.inputs ?? {},
    record.additionalSecretOutputs ?? [],
  )
  const result: ResourceRecord = { ...record, id: o.id, outputs, ...o.times }
  if (o.initErrors) result.initErrors = o.initErrors
  return result
}
