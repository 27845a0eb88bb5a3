// What the official engine did, as it was recorded, and what the embedded engine does, in the same form.
import { readFile, writeFile } from 'node:fs/promises'
import type { Deployment, EngineEvent } from '@pulumi/pulumi/automation/index.js'
import { officialVersion } from '../../../../operator/engine/embedded/cli/official-version.ts'
import { isObject } from '../../../../operator/engine/embedded/values/values.ts'
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

/** `version` is the CLI's, as in 3.260.0; its patch does not count. */
const recordingOf = (version: string): URL => {
  const [major, minor] = version.split('.')
  return new URL(`../../../fixtures/engine/official-${major}.${minor}.json`, import.meta.url)
}

/** By label of the scenario, in the order of the table. */
export async function officialOutcomes(): Promise<Map<string, Outcome>> {
  const text = await readFile(recordingOf(officialVersion), 'utf8')
  const recorded = JSON.parse(text) as (Outcome & { label: string })[] // as record writes it
  return new Map(
    recorded.map(({ label, ...outcome }) => [
      label,
      { ...outcome, events: certainEvents(outcome.ok, outcome.events) },
    ]),
  )
}

/** A step that fails stops the engine: whether it still tells that the stack itself has ended is chance. */
export const certainEvents = (ok: boolean, events: readonly string[]): string[] =>
  events.filter((event) => ok || !/^out \S+ proj-dev$/.test(event)).toSorted()

export async function record(version: string, outcomes: Map<string, Outcome>): Promise<void> {
  const list = [...outcomes].map(([label, outcome]) => ({ label, ...outcome }))
  await writeFile(recordingOf(version), `${JSON.stringify(list, undefined, 1)}\n`)
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
