// A replacement that failed or was broken off leaves two records of one resource: the new one, and the condemned one,
// which goes only at the end of an update that succeeds. A program that wants the condemned one again, whose name is
// taken for as long as it is there, gets it back instead: it never stopped serving.
import type { Deployment, EngineEvent } from '@pulumi/pulumi/automation/index.js'
import { unknownValue } from '../embedded/values/values.ts'
import type { UnderWay } from '../under-way.ts'
import { revealed, type ExportedRecord } from './recover.ts'
import type { Props } from '../embedded/values/props.ts'

/** What a preview says of a resource that would be replaced. */
type Replacement = { inputs: Props; keys: readonly string[] }

/** Whether something was taken back; the state must then be refreshed. */
export async function takeBack(o: UnderWay, exported: Deployment): Promise<boolean> {
  // The format of `stack export`, version 3, which both engines write.
  const state = exported.deployment as Props & { resources?: ExportedRecord[] }
  const { resources = [] } = state
  if (!resources.some((record) => isContested(record, resources))) return false
  const wanted = wantedAgain(resources, await replacements(o))
  if (wanted.length === 0) return false
  for (const { type, urn, inputs = {} } of wanted) {
    // One whose deletion has begun is waited for; the refresh then finds it gone, and its name is free.
    // oxlint-disable-next-line no-await-in-loop -- few, and each may take minutes of the cloud
    const { operation, signal } = o
    const id = await o.findCreated?.(type, revealed(inputs) as Props, operation.tenant, signal)
    o.log('info', `${urn} goes back to what it was${id === undefined ? '' : `, ${id}`}`)
  }
  const swapped = { ...state, resources: swap(resources, wanted) }
  await o.stack.importStack({ version: exported.version, deployment: swapped })
  return true
}

const isContested = (condemned: ExportedRecord, resources: readonly ExportedRecord[]): boolean =>
  condemned.delete === true && currentOf(condemned, resources) !== undefined

const currentOf = ({ urn }: ExportedRecord, resources: readonly ExportedRecord[]) =>
  resources.find((record) => record.urn === urn && record.delete !== true)

/** Only a preview tells what the program wants now. */
async function replacements(o: UnderWay): Promise<Map<string, Replacement>> {
  const found = new Map<string, Replacement>()
  const onEvent = (event: EngineEvent) => {
    o.onEvent?.(event)
    const { metadata } = event.resourcePreEvent ?? {}
    if (metadata?.op !== 'create-replacement') return
    const { urn, keys } = metadata
    found.set(urn, { inputs: metadata.new?.inputs ?? {}, keys: keys ?? [] })
  }
  await o.stack.preview({ signal: o.signal, suppressOutputs: true, onEvent })
  return found
}

/** Condemned records that are what the program wants, in all that tells them from the current one. */
export function wantedAgain(
  resources: readonly ExportedRecord[],
  replaced: ReadonlyMap<string, Replacement>,
): ExportedRecord[] {
  const chosen = new Map<string, ExportedRecord>()
  for (const record of resources) {
    const replacement = replaced.get(record.urn)
    const current = currentOf(record, resources)
    if (record.delete !== true || !current || !replacement) continue
    const { inputs, keys } = replacement
    const telling = keys.filter((key) => isKnown(inputs[key]) && !same(current, inputs, key))
    if (telling.length > 0 && telling.every((key) => same(record, inputs, key)))
      chosen.set(record.urn, record)
  }
  return [...chosen.values()]
}

const isKnown = (value: unknown) =>
  value !== undefined && !JSON.stringify(value).includes(unknownValue)

const same = (record: ExportedRecord, inputs: Props, key: string): boolean =>
  JSON.stringify(revealed(record.inputs?.[key])) === JSON.stringify(inputs[key])

/**
 * Each takes the other's place, so that all stand after what they refer to. A current one that is gone already, and
 * waited to be made again, leaves: an engine takes no record for both.
 */
export function swap(
  resources: readonly ExportedRecord[],
  wanted: readonly ExportedRecord[],
): ExportedRecord[] {
  const moves = new Map<ExportedRecord, ExportedRecord[]>()
  for (const condemned of wanted) {
    const current = currentOf(condemned, resources)
    if (!current) continue
    const { delete: _, ...back } = condemned
    moves.set(current, [back])
    moves.set(condemned, current['pendingReplacement'] ? [] : [{ ...current, delete: true }])
  }
  return resources.flatMap((record) => moves.get(record) ?? [record])
}
