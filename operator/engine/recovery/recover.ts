// Operations that a crashed run left under way. What was being created may exist in the cloud without the state
// knowing it: the program's lookup finds it, and the state takes it over. Everything else a refresh puts right.
import type { Deployment } from '@pulumi/pulumi/automation/index.js'
import type { Props } from '../embedded/values/props.ts'
import { signatureKey } from '../../api/schema/grammar.ts'
import type { UnderWay } from '../under-way.ts'

export type ExportedRecord = Props & { urn: string; type: string; inputs?: Props; delete?: boolean }
type Pending = { type: string; resource: ExportedRecord }
type State = Props & { resources?: ExportedRecord[]; pending_operations?: Pending[] }

/** Whether there was something to recover; the state must then be refreshed. */
export async function recoverPending(o: UnderWay, exported: Deployment): Promise<boolean> {
  // The format of `stack export`, version 3, which both engines write.
  const state = exported.deployment as State
  const pending = state.pending_operations ?? []
  if (pending.length === 0) return false
  o.log(
    'warn',
    `stack ${o.operation.stack} has ${pending.length} operation(s) that a crashed run left`,
  )
  const known = state.resources ?? []
  const resources = adopt(known, await findAll(o, pending, known))
  const { pending_operations: _, ...settled } = { ...state, resources }
  await o.stack.importStack({ version: exported.version, deployment: settled })
  return true
}

type Found = { record: Props & { urn: string }; replaces: boolean }

async function findAll(
  o: UnderWay,
  pending: readonly Pending[],
  known: readonly ExportedRecord[],
): Promise<Found[]> {
  const found: Found[] = []
  for (const { type, resource } of pending) {
    if (type !== 'creating' || resource['custom'] !== true) continue
    const inputs = revealed(resource.inputs ?? {}) as Props
    const there = await o.findCreated?.(resource.type, inputs, o.operation.tenant, o.signal)
    // What it was to replace looks like it where only tags tell.
    const isOld = known.some(({ urn, id }) => urn === resource.urn && id === there)
    const id = isOld ? undefined : there
    o.log(
      'info',
      id === undefined ? `${resource.urn} was not created` : `${resource.urn} was created as ${id}`,
    )
    if (id !== undefined)
      found.push({ record: { ...resource, id, outputs: resource.inputs ?? {} }, replaces: true })
  }
  return found
}

/** What is found enters the state; a record that it was to replace is left to be deleted. */
export function adopt(
  resources: readonly (Props & { urn: string })[],
  found: readonly Found[],
): (Props & { urn: string })[] {
  const urns = new Set(found.map(({ record }) => record.urn))
  const kept = resources.map((record) => {
    if (!urns.has(record.urn) || record['delete'] === true) return record
    return { ...record, delete: true }
  })
  return [...kept, ...found.map(({ record }) => record)]
}

/** Inputs in the clear, for the lookup. */
export function revealed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revealed)
  if (typeof value !== 'object' || value === null) return value
  if (signatureKey in value && 'plaintext' in value) return JSON.parse(String(value.plaintext))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revealed(item)]))
}
