// Refresh: reads every resource from its provider, takes over what it says and forgets what is gone.
import { diffAgainst } from './check-and-diff.ts'
import type { ConfiguredProvider } from '../providers/providers.ts'
import { count, performStep, UpdateStopped, type Update } from './run.ts'
import type { ResourceRecord } from '../state/state.ts'
import { isProviderType } from '../state/urn.ts'
import { equal, plain, withSecretOutputs } from '../values/values.ts'

/** `counted`: the refresh is the operation itself, not the first part of another one. */
export async function refreshAll(run: Update, o: { counted: boolean }): Promise<void> {
  const gone: ResourceRecord[] = []
  const outcomes = await Promise.allSettled(
    run.checkpoint.records().map((record) => refreshOne(run, record, { ...o, gone })),
  )
  // Not before: a record that is read meanwhile is a copy, which would still refer to what is gone.
  for (const record of gone) forget(run, record)
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected' && !(outcome.reason instanceof UpdateStopped))
      throw outcome.reason
  }
  await run.checkpoint.flush()
}

async function refreshOne(
  run: Update,
  record: ResourceRecord,
  o: { counted: boolean; gone: ResourceRecord[] },
): Promise<void> {
  const { urn } = record
  let op: 'same' | 'update' | 'delete' = 'same'
  let current: ResourceRecord | undefined = record
  const step = { op: 'refresh' as const, urn, old: record, new: record, reportsEnd: false }
  await performStep(run, step, async () => {
    if (isReadable(record)) {
      const provider = await run.providers.get(record.provider ?? '')
      current = await readAgain(run, record, provider)
      if (!current) op = 'delete'
      else if (await differs(record, current, provider)) op = 'update'
    }
    if (current) run.checkpoint.swap(current, record)
    else o.gone.push(record)
    return record
  })
  run.events.ends({ op: o.counted ? op : 'refresh', urn, old: record, new: current })
  if (o.counted) count(run, op, urn)
}

const isReadable = (record: ResourceRecord): boolean =>
  record.custom && !isProviderType(record.type) && !record.delete && !record.pendingReplacement

/**
 * Whether the next `up` would change it back. What others filled in, such as the routes of a route table, is taken over
 * without a word; the resources of other programs have outputs only.
 */
async function differs(
  old: ResourceRecord,
  current: ResourceRecord,
  provider: ConfiguredProvider,
): Promise<boolean> {
  if (current === old) return false
  if (old.external) return !equal(plain(current.outputs ?? {}), plain(old.outputs ?? {}))
  const { urn, inputs: news = {} } = old
  return (await diffAgainst({ urn, old: current, provider }, { news })).changes === true
}

async function readAgain(
  run: Update,
  record: ResourceRecord,
  { provider }: ConfiguredProvider,
): Promise<ResourceRecord | undefined> {
  if (!provider?.read) return record
  const { urn, id = '', outputs = {}, inputs = {}, additionalSecretOutputs = [] } = record
  try {
    const answer = await provider.read({ urn, id }, outputs, inputs)
    if (!answer.id) return undefined
    const { initErrors: _, ...current } = {
      ...record,
      id: answer.id,
      inputs: answer.inputs ?? inputs,
    }
    return {
      ...current,
      outputs: withSecretOutputs(answer.outputs ?? {}, current.inputs, additionalSecretOutputs),
    }
  } catch (error) {
    return unhealthy(run, record, error)
  }
}

/** Read may find the resource there but broken: noted and warned of, not a failure. */
function unhealthy(run: Update, record: ResourceRecord, error: unknown): ResourceRecord {
  const { id, properties, reasons } = (error ?? {}) as {
    id?: unknown
    properties?: unknown
    reasons?: unknown
  }
  if (typeof id !== 'string' || !Array.isArray(reasons)) throw error
  run.events.diagnostic('warning', reasons.join('\n'), record.urn)
  // The provider's InitError carries the resource's outputs.
  return {
    ...record,
    id,
    outputs: (properties ?? record.outputs) as NonNullable<ResourceRecord['outputs']>,
    initErrors: reasons.map(String),
  }
}

/** Drops a record that is gone, and what others say of it; its children go to their grandparent. */
function forget(run: Update, gone: ResourceRecord): void {
  run.checkpoint.drop(gone)
  const without = (urns: string[]) => urns.filter((urn) => urn !== gone.urn)
  for (const record of run.checkpoint.records()) {
    if (record.dependencies) record.dependencies = without(record.dependencies)
    if (record.deletedWith === gone.urn) delete record.deletedWith
    if (record.parent === gone.urn) {
      delete record.parent
      if (gone.parent !== undefined) record.parent = gone.parent
    }
    for (const [key, urns] of Object.entries(record.propertyDependencies ?? {})) {
      record.propertyDependencies = { ...record.propertyDependencies, [key]: without(urns) }
    }
  }
}
