// A stack whose state is lost, made again from what the program wants and what is there: in rounds, for a resource can be
// looked for once its inputs are known, and they come from those it depends on. Worked out in a state of this process's own,
// which becomes the stack's when nothing is left to change. Changes nothing in the world.
import { randomUUID } from 'node:crypto'
import type { EngineEvent, StepEventStateMetadata } from '@pulumi/pulumi/automation/index.js'
import type { Stack } from '@pulumi/pulumi/automation/index.js'
import { urnName } from '../embedded/state/urn.ts'
import { unknownValue } from '../embedded/values/values.ts'
import type { Planned } from '../operation.ts'
import type { UnderWay, Scratch } from '../under-way.ts'
import { trackProgress } from '../progress.ts'
import type { ExportedRecord } from './recover.ts'
import type { Props } from '../embedded/values/props.ts'

/** What the program wants of each resource, by URN and in the order that it asked for them. */
export type WantedStates = ReadonlyMap<string, StepEventStateMetadata>

/** More than any chain of our resources is long; one that is found and then read as gone would be found for ever. */
const mostRounds = 16
const stackType = 'pulumi:pulumi:Stack'

/** What would still change; undefined where nothing at all is there. */
export async function rebuild(o: UnderWay): Promise<readonly Planned[] | undefined> {
  const scratch = await o.openScratch()
  let records: readonly ExportedRecord[] = []
  for (let round = 1; ; round += 1) {
    /* oxlint-disable no-await-in-loop -- each round knows more than the one before it */
    const { wanted, planned } = await look(o, scratch)
    const found = round > mostRounds ? new Map<string, string>() : await find(o, wanted, records)
    if (found.size === 0 && round === 1) return undefined
    if (found.size === 0) {
      const strangers = (await o.unaccounted?.(o.operation.tenant, records, o.signal)) ?? []
      const differences = [...rooted(planned, wanted), ...strangers]
      if (differences.length === 0) await save(o.stack, enter(records, wanted, found))
      return differences
    }
    o.log('info', `stack ${o.operation.stack}: found ${found.size} resource(s) in round ${round}`)
    records = await refreshed(o, scratch.stack, enter(records, wanted, found))
    await o.onState(records)
    /* oxlint-enable no-await-in-loop */
  }
}

/** Without what only hangs on something that is missing, and so cannot be looked for. */
function rooted(planned: readonly Planned[], wanted: WantedStates): Planned[] {
  const hanging = [...wanted.values()].filter(({ inputs }) => !isPlain(inputs))
  const isHanging = ({ op, type, name }: Planned) =>
    op === 'create' && hanging.some((one) => one.type === type && urnName(one.urn) === name)
  const ofWorld = planned.filter(({ type }) => !isPulumis(type))
  const roots = ofWorld.filter((one) => !isHanging(one))
  return roots.length > 0 ? roots : ofWorld
}

/** What Pulumi keeps for itself, such as a provider, is nothing in the world. */
const isPulumis = (type: string) => type.startsWith('pulumi:')

async function look(
  o: UnderWay,
  { stack, outputs }: Scratch,
): Promise<{ wanted: WantedStates; planned: Planned[] }> {
  const wanted = new Map<string, StepEventStateMetadata>()
  const tracker = trackProgress(() => undefined, { previews: true })
  const onEvent = (event: EngineEvent) => {
    tracker.onEvent(event)
    const { new: state } = event.resourcePreEvent?.metadata ?? {}
    if (state) wanted.set(state.urn, state)
  }
  await stack.preview({ signal: o.signal, suppressOutputs: true, onEvent })
  for (const [urn, state] of wanted)
    if (state.type === stackType) wanted.set(urn, { ...state, outputs: await outputs() })
  return { wanted, planned: tracker.planned() }
}

/** Ids of what is there and was not known, by URN. */
async function find(
  o: UnderWay,
  wanted: WantedStates,
  records: readonly ExportedRecord[],
): Promise<Map<string, string>> {
  const known = new Set(records.map(({ urn }) => urn))
  const found = new Map<string, string>()
  let done = 0
  for (const [urn, { custom, type, inputs }] of wanted) {
    done += 1
    if (custom !== true || isPulumis(type) || known.has(urn) || !isPlain(inputs)) continue
    o.onProgress({ done, total: wanted.size, running: [], message: `looks for ${urnName(urn)}` })
    // oxlint-disable-next-line no-await-in-loop -- one after the other, as the account's limits of calls want it
    const id = await o.findCreated?.(type, inputs, o.operation.tenant, o.signal)
    o.signal.throwIfAborted()
    if (id !== undefined) found.set(urn, id)
  }
  return found
}

/**
 * The state with what was found. Events tell no dependencies; until an `up` has written them, what was found in a round
 * depends on all that was found before it, so that a destruction goes the other way round.
 */
export function enter(
  records: readonly ExportedRecord[],
  wanted: WantedStates,
  found: ReadonlyMap<string, string>,
): ExportedRecord[] {
  const dependencies = records.filter(isOfWorld).map(({ urn }) => urn)
  const state = new Map(records.map((record) => [record.urn, record]))
  for (const told of wanted.values()) {
    const { urn, parent } = told
    const entry = told.custom
      ? (state.get(urn) ?? customOf(told, { id: found.get(urn), dependencies, state }))
      : { ...state.get(urn), ...componentOf(told) }
    if (entry && (!parent || state.has(parent))) state.set(urn, entry)
  }
  return [...state.values()]
}

/** As a creation that was only begun leaves it: a read of the world fills it in. */
function customOf(
  told: StepEventStateMetadata,
  o: {
    id: string | undefined
    dependencies: string[]
    state: ReadonlyMap<string, ExportedRecord>
  },
): ExportedRecord | undefined {
  const { type, inputs } = told
  const record = { ...recordOf(told), outputs: inputs }
  if (isPulumis(type)) return isPlain(inputs) ? { ...record, id: randomUUID() } : undefined
  const provider = o.state.get(urnOfReference(told.provider))
  if (o.id === undefined || !provider) return undefined
  const { id, dependencies } = o
  return { ...record, id, provider: `${provider.urn}::${String(provider['id'])}`, dependencies }
}

const isOfWorld = ({ custom, type }: ExportedRecord) => custom === true && !isPulumis(type)

const urnOfReference = (provider: string) => provider.slice(0, provider.lastIndexOf('::'))

const recordOf = ({
  urn,
  type,
  custom,
  parent,
  inputs,
}: StepEventStateMetadata): ExportedRecord => ({
  urn,
  type,
  custom: custom === true,
  inputs,
  ...(parent && { parent }),
})

/** Of what is not known yet, or secret, nothing enters the state; an `up` puts it right. */
const componentOf = (told: StepEventStateMetadata): ExportedRecord => ({
  ...recordOf({ ...told, inputs: plainOf(told.inputs) }),
  ...(told.type === stackType && { outputs: plainOf(told.outputs ?? {}) }),
})

const plainOf = (props: Props): Props =>
  Object.fromEntries(Object.entries(props).filter(([, value]) => isPlain(value)))

/** Known, and no secret, which events tell only as such. */
const isPlain = (value: unknown): boolean => {
  const text = JSON.stringify(value) ?? ''
  return !text.includes(unknownValue) && !text.includes('"[secret]"')
}

async function refreshed(o: UnderWay, stack: Stack, records: ExportedRecord[]) {
  await save(stack, records)
  await stack.refresh({ signal: o.signal, suppressOutputs: true })
  const { deployment } = await stack.exportStack()
  return (deployment as { resources?: ExportedRecord[] }).resources ?? []
}

async function save(stack: Stack, resources: readonly ExportedRecord[]): Promise<void> {
  const { version, deployment } = await stack.exportStack()
  await stack.importStack({ version, deployment: { ...deployment, resources } })
}
