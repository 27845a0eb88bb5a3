// Records of the state, built from what the program wants.
import type { Goal } from '../run/goal.ts'
import type { Props } from '../values/props.ts'
import type { ResourceRecord } from './state.ts'

export function recordFrom(
  goal: Goal,
  o: { urn: string; inputs: Props; provider?: string },
): ResourceRecord {
  const record: ResourceRecord = {
    urn: o.urn,
    custom: goal.custom,
    type: goal.type,
    inputs: o.inputs,
  }
  if (goal.parent !== '') record.parent = goal.parent
  if (goal.protect) record.protect = true
  if (goal.retainOnDelete) record.retainOnDelete = true
  if (goal.deletedWith !== '') record.deletedWith = goal.deletedWith
  if (o.provider !== undefined) record.provider = o.provider
  if (goal.customTimeouts) record.customTimeouts = goal.customTimeouts
  if (goal.custom) record.propertyDependencies = goal.propertyDependencies
  const lists = {
    dependencies: goal.dependencies,
    additionalSecretOutputs: goal.additionalSecretOutputs,
    ignoreChanges: goal.ignoreChanges,
    replaceOnChanges: goal.replaceOnChanges,
  }
  for (const [key, list] of Object.entries(lists)) {
    // Only keys of the literal above.
    if (list.length > 0) record[key as keyof typeof lists] = list
  }
  return record
}

/** `created` stays with the resource; `modified` moves when something was done to it. */
export function timesOf(
  old: ResourceRecord | undefined,
  op: 'create' | 'update' | 'same',
): Pick<ResourceRecord, 'created' | 'modified'> {
  const now = new Date().toISOString()
  if (op === 'create' || !old) return { created: now, modified: now }
  const times: Pick<ResourceRecord, 'created' | 'modified'> = {}
  if (old.created !== undefined) times.created = old.created
  if (op === 'update') times.modified = now
  else if (old.modified !== undefined) times.modified = old.modified
  return times
}
