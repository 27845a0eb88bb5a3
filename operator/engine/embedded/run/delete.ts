// Deletion: of what the program no longer has, of what was replaced, and of everything in destroy. An item goes when
// nothing that is still to be deleted depends on it; items that do not depend on one another go side by side.
import { count, isStopped, performStep, UpdateStopped, type Update } from './run.ts'
import { referencesOf, type ResourceRecord } from '../state/state.ts'
import { isProviderType, providerRef } from '../state/urn.ts'

export async function deleteAll(run: Update, condemned: readonly ResourceRecord[]): Promise<void> {
  const remaining = new Set(condemned)
  const urns = new Set(condemned.map((record) => record.urn))
  const running = new Map<ResourceRecord, Promise<void>>()
  const remove = async (record: ResourceRecord) => {
    try {
      await deleteOne(run, record, urns)
      remaining.delete(record)
    } catch (error) {
      if (!(error instanceof UpdateStopped)) throw error
    } finally {
      running.delete(record)
    }
  }
  const startReady = () => {
    for (const record of remaining) {
      if (isStopped(run)) return
      if (!running.has(record) && isFree(record, remaining)) running.set(record, remove(record))
    }
  }
  startReady()
  while (running.size > 0) {
    await Promise.race(running.values())
    startReady()
  }
}

/** Everything in the state that this run has neither registered nor read. */
export function leftOver(run: Update): ResourceRecord[] {
  return run.checkpoint
    .records()
    .filter((record) => run.registered.get(record.urn)?.record !== record)
}

function isFree(record: ResourceRecord, remaining: ReadonlySet<ResourceRecord>): boolean {
  const ref = providerRef({ urn: record.urn, id: record.id ?? '' })
  for (const other of remaining) {
    if (other !== record && (other.provider === ref || referencesOf(other).has(record.urn)))
      return false
  }
  return true
}

async function deleteOne(
  run: Update,
  record: ResourceRecord,
  condemned: ReadonlySet<string>,
): Promise<void> {
  if (record.pendingReplacement) {
    run.checkpoint.drop(record)
    await run.checkpoint.flush()
    return
  }
  const op = record.external ? 'discard' : record.delete ? 'delete-replaced' : 'delete'
  const goesWith = record.deletedWith !== undefined && condemned.has(record.deletedWith)
  await deleteStep(run, record, { op, silent: goesWith, settle: () => run.checkpoint.drop(record) })
  if (op !== 'delete-replaced') count(run, op, record.urn)
}

export async function deleteStep(
  run: Update,
  record: ResourceRecord,
  o: { op: 'delete' | 'delete-replaced' | 'discard'; silent?: boolean; settle: () => void },
): Promise<void> {
  const refused = record.protect && o.op !== 'discard'
  const calls = !refused && !o.silent && isManaged(record)
  const step = {
    op: o.op,
    urn: record.urn,
    old: record,
    pending: calls ? ('deleting' as const) : undefined,
  }
  await performStep(run, step, async () => {
    if (refused) throw new Error(protectedText(record.urn))
    if (calls && !run.dryRun) await callDelete(run, record)
    o.settle()
    return record
  })
  if (!calls) await run.checkpoint.flush()
}

/** Whether there is something in the world that this stack must delete. */
const isManaged = (record: ResourceRecord): boolean =>
  record.custom && !record.external && !record.retainOnDelete && !isProviderType(record.type)

async function callDelete(run: Update, record: ResourceRecord): Promise<void> {
  const { provider } = await run.providers.get(record.provider ?? '')
  if (!provider?.delete) throw new Error(`the provider of ${record.type} cannot delete resources`)
  const timeoutSeconds = record.customTimeouts?.delete ?? 0
  await provider.delete({ urn: record.urn, id: record.id ?? '' }, record.outputs ?? {}, {
    timeoutSeconds,
  })
}

const protectedText = (urn: string) =>
  `resource "${urn}" cannot be deleted\nbecause it is protected. To unprotect the resource, either remove the \`protect\` flag from the resource in your Pulumi program and run \`pulumi up\`, or use the command:\n\`pulumi state unprotect '${urn}'\``
