// Replacement of a resource: the new one first and the old one in the end, or the old one and its dependents first.
import { checked, diffAgainst, type CheckedResource } from './check-and-diff.ts'
import { createStep } from './custom-steps.ts'
import { deleteStep } from './delete.ts'
import type { DiffResult } from '../providers/provider.ts'
import type { Props } from '../values/props.ts'
import type { Update } from './run.ts'
import type { ResourceRecord } from '../state/state.ts'
import { isProviderType } from '../state/urn.ts'
import { mapProps, unknownValue } from '../values/values.ts'

/** `again`: the inputs were checked against the old ones, and a new resource must not inherit from those. */
export async function replace(
  run: Update,
  plan: CheckedResource & { diff: DiffResult; again: boolean },
): Promise<ResourceRecord> {
  const { goal, old, urn } = plan
  if (goal.protect && old.protect) {
    throw new Error(
      `unable to replace resource "${urn}"\nas it is currently marked for protection. To unprotect the resource, remove the \`protect\` flag from the resource in your Pulumi program and run \`pulumi up\``,
    )
  }
  const record = plan.again ? await checked(run, plan, {}) : plan.record
  const step = { ...plan, record, op: 'create-replacement' as const, keys: plan.diff.replaces }
  if (goal.deleteBeforeReplace ?? plan.diff.deleteBeforeReplace ?? false) {
    for (const dependent of (await dependentsToReplace(run, old)).toReversed()) {
      run.deletedEarly.set(dependent, await deleteForReplacement(run, dependent))
    }
    const instead = old.pendingReplacement ? old : await deleteForReplacement(run, old)
    return createStep(run, { ...step, instead })
  }
  if (old.pendingReplacement) {
    return createStep(run, { ...step, instead: old })
  }
  return createStep(run, { ...step, supersedes: old })
}

/** Deletes now, and leaves a record that tells a later run that the replacement is still to come. */
async function deleteForReplacement(run: Update, record: ResourceRecord): Promise<ResourceRecord> {
  const marked = { ...record, pendingReplacement: true }
  await deleteStep(run, record, {
    op: 'delete-replaced',
    settle: () => run.checkpoint.swap(marked, record),
  })
  return marked
}

/** Resources whose inputs come from a replaced one and that cannot live through the change; in the order of the state. */
async function dependentsToReplace(run: Update, root: ResourceRecord): Promise<ResourceRecord[]> {
  const replaced = new Set([root.urn])
  const dependents: ResourceRecord[] = []
  for (const record of run.checkpoint.before) {
    if (record === root || !mayFollow(run, record)) continue
    const touched = Object.entries(record.propertyDependencies ?? {})
      .filter(([, urns]) => urns.some((urn) => replaced.has(urn)))
      .map(([key]) => key)
    if (touched.length > 0 && (await mustFollow(run, record, touched))) {
      replaced.add(record.urn)
      dependents.push(record)
    }
  }
  return dependents
}

const mayFollow = (run: Update, record: ResourceRecord): boolean =>
  record.custom &&
  !record.external &&
  !record.delete &&
  !isProviderType(record.type) &&
  !run.matched.has(record)

async function mustFollow(
  run: Update,
  record: ResourceRecord,
  touched: string[],
): Promise<boolean> {
  const provider = await run.providers.get(record.provider ?? '')
  const news: Props = mapProps(record.inputs ?? {}, (value, key) =>
    touched.includes(key) ? unknownValue : value,
  )
  const diff = await diffAgainst({ urn: record.urn, old: record, provider }, { news })
  return (diff.replaces?.length ?? 0) > 0
}
