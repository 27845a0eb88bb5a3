// One registration of the program: fills in what the parent passes on, then goes by kind: component, remote component,
// provider, custom resource.
import { constructRemote } from '../providers/construct-remote.ts'
import { registerCustom } from './custom-resource.ts'
import type { Goal } from './goal.ts'
import { findOld } from '../state/match.ts'
import { providerRefOf, registerProvider } from '../providers/provider-resource.ts'
import type { Props } from '../values/props.ts'
import { recordFrom, timesOf } from '../state/record.ts'
import { count, fail, refuseWhenStopped, type Update } from './run.ts'
import type { Registered } from './registered.ts'
import type { ResourceRecord } from '../state/state.ts'
import { isProviderType, packageOf, stackType, urnOf } from '../state/urn.ts'
import { equal } from '../values/values.ts'

export async function register(run: Update, wanted: Goal): Promise<Registered> {
  refuseWhenStopped(run)
  const goal = inherit(run, wanted)
  try {
    if (goal.remote) return await constructRemote(run, goal)
    const urn = claimUrn(run, goal)
    const record = await registerByKind(run, goal, urn)
    run.registered.set(urn, { record, goal })
    return { urn, id: record.id ?? '', outputs: goal.custom ? (record.outputs ?? {}) : {} }
  } catch (error) {
    throw fail(run, error, urnFor(run, goal))
  }
}

function registerByKind(run: Update, goal: Goal, urn: string): Promise<ResourceRecord> {
  if (!goal.custom) return registerComponent(run, goal, urn)
  return isProviderType(goal.type)
    ? registerProvider(run, goal, urn)
    : registerOnProvider(run, goal, urn)
}

async function registerOnProvider(run: Update, goal: Goal, urn: string): Promise<ResourceRecord> {
  if (goal.importId !== '') {
    throw new Error(
      'the embedded engine does not import resources: use the official Pulumi CLI for it',
    )
  }
  return registerCustom(run, {
    goal,
    urn,
    provider: await run.providers.get(await providerRefOf(run, goal)),
  })
}

const urnFor = (run: Update, goal: Goal) =>
  urnOf({
    stack: run.stack,
    project: run.project,
    type: goal.type,
    name: goal.name,
    parent: goal.parent,
  })

function claimUrn(run: Update, goal: Goal): string {
  const urn = urnFor(run, goal)
  if (run.claimed.has(urn))
    throw new Error(`Duplicate resource URN '${urn}'; try giving it a unique name`)
  run.claimed.add(urn)
  return urn
}

/** Children take over what their parent says and they do not. */
function inherit(run: Update, goal: Goal): Goal {
  const parent = run.registered.get(goal.parent)?.goal
  if (!parent) return goal
  const samePackage = !goal.custom || packageOf(parent.type) === packageOf(goal.type)
  return {
    ...goal,
    protect: goal.protect ?? parent.protect,
    retainOnDelete: goal.retainOnDelete ?? parent.retainOnDelete,
    deletedWith: goal.deletedWith || parent.deletedWith,
    provider: goal.provider || (samePackage && goal.custom && parent.custom ? parent.provider : ''),
    providers: { ...parent.providers, ...goal.providers },
  }
}

async function registerComponent(run: Update, goal: Goal, urn: string): Promise<ResourceRecord> {
  const old = findOld(run, goal, urn)
  const inputs = goal.inputs
  const op = !old ? 'create' : equal(old.inputs ?? {}, inputs) ? 'same' : 'update'
  const record = recordFrom(goal, { urn, inputs })
  if (old?.outputs) record.outputs = old.outputs
  Object.assign(record, timesOf(old, op))
  run.events.starts({ op, urn, old, new: record })
  run.checkpoint.finish(record, old)
  run.events.ends({ op, urn, old, new: record })
  count(run, op, urn)
  return record
}

/** Outputs of a component count at once; those of the stack when the program has ended. */
export function registerOutputs(run: Update, urn: string, outputs: Props): void {
  const record = run.registered.get(urn)?.record
  if (!record) throw new Error(`outputs for ${urn}, which is not registered`)
  if (record.type === stackType) {
    run.stackOutputs = { record, outputs }
    return
  }
  setOutputs(run, record, outputs)
}

/** A failed run merges its outputs over the old ones: what it did not reach is still as it was. */
export function finishStackOutputs(run: Update): void {
  if (!run.stackOutputs) return
  const { record, outputs } = run.stackOutputs
  setOutputs(run, record, run.failure === undefined ? outputs : { ...record.outputs, ...outputs })
}

function setOutputs(run: Update, record: ResourceRecord, outputs: Props): void {
  if (equal(record.outputs ?? {}, outputs)) return
  record.outputs = outputs
  run.checkpoint.touch()
}
