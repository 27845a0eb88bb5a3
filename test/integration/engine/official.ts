// What the official engine did, as it was recorded, and what the embedded engine does, in the same form.
import { readFile } from 'node:fs/promises'
import type { Deployment, EngineEvent } from '@pulumi/pulumi/automation/index.js'
import { isObject } from '../../../operator/engine/embedded/values.ts'
import type { Call } from './fake-provider.ts'

type Props = Record<string, unknown>

export type Outcome = {
  ok: boolean
  changes: Record<string, number> | undefined
  /** Calls of the provider, sorted: their order depends on timing. */
  calls: string[]
  /** Engine events, sorted. */
  events: string[]
  state: { resources: Record<string, unknown>; pending: string[] }
}

type Recorded = Omit<Outcome, 'events' | 'state'> & {
  label: string
  evs: string[]
  state: { res: Record<string, unknown>; pend: string[] }
}

export async function officialOutcomes(): Promise<Map<string, Outcome>> {
  const file = new URL('../../fixtures/engine/official-3.250.json', import.meta.url)
  // Recorded in this shape.
  const recorded = JSON.parse(await readFile(file, 'utf8')) as Recorded[]
  return new Map(
    recorded.map(({ label, ok, changes, calls, evs, state }) => [
      label,
      { ok, changes, calls, events: evs, state: { resources: state.res, pending: state.pend } },
    ]),
  )
}

const shortName = (urn: unknown) => String(urn).split('::').at(-1) ?? ''

/** check and create have the URN first, all other calls the id. */
export const describeCalls = (calls: readonly Call[]): string[] =>
  calls
    .map(
      ([method, first, second]) =>
        `${method} ${shortName(['check', 'create'].includes(method) ? first : second)}`,
    )
    .toSorted()

export function describeEvent(event: EngineEvent): string[] {
  const { resourcePreEvent: pre, resOutputsEvent: out } = event
  if (pre) return [`pre ${pre.metadata.op} ${shortName(pre.metadata.urn)}`]
  return out ? [`out ${out.metadata.op} ${shortName(out.metadata.urn)}`] : []
}

type Exported = {
  resources?: (Props & { urn: string; type: string })[]
  pending_operations?: { type: string; resource: { urn: string } }[]
}

/** The state without what differs from run to run: times, random ids, the order of sets. */
export function normaliseState(deployment: Deployment['deployment']): Outcome['state'] {
  const { resources = [], pending_operations = [] } = deployment as Exported
  const entries = resources.map((record) => {
    const key = record['delete'] === true ? `${record.urn}#del` : record.urn
    return [key, normaliseRecord(record)] as const
  })
  return {
    resources: Object.fromEntries(entries),
    pending: pending_operations.map(({ type, resource }) => `${type} ${resource.urn}`),
  }
}

function normaliseRecord(record: Props & { type: string }): unknown {
  const { created: _c, modified: _m, sourcePosition: _p, stackTrace: _s, ...kept } = record
  if (record.type.startsWith('pulumi:providers')) kept['id'] = 'UUID'
  if (typeof kept['provider'] === 'string')
    kept['provider'] = kept['provider'].replace(/::[^:]*$/, '')
  if (Array.isArray(kept['dependencies']))
    kept['dependencies'] = kept['dependencies'].map(String).toSorted()
  return secretsNamed(kept)
}

function secretsNamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(secretsNamed)
  if (!isObject(value)) return value
  if (value['plaintext'] !== undefined) return { secret: value['plaintext'] }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, secretsNamed(item)]))
}
