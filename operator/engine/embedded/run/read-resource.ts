// `X.get()`: a resource that exists outside this stack is read and recorded as external. And functions of providers.
import { defaultProvider } from '../providers/provider-resource.ts'
import type { Props } from '../values/props.ts'
import { count, fail, performStep, refuseWhenStopped, type Update } from './run.ts'
import type { ResourceRecord } from '../state/state.ts'
import { packageOf, urnOf } from '../state/urn.ts'
import { equal, hasUnknown, unknownValue, withSecretOutputs } from '../values/values.ts'

export type ReadGoal = {
  type: string
  name: string
  id: string
  parent: string
  inputs: Props
  dependencies: string[]
  provider: string
  version: string
  pluginDownloadURL: string
  additionalSecretOutputs: string[]
}

export async function readResource(run: Update, goal: ReadGoal): Promise<ResourceRecord> {
  refuseWhenStopped(run)
  const { type, name, parent } = goal
  const urn = urnOf({ stack: run.stack, project: run.project, type, name, parent })
  try {
    const record = await readExternal(run, goal, urn)
    run.registered.set(urn, { record })
    return record
  } catch (error) {
    throw fail(run, error, urn)
  }
}

async function readExternal(run: Update, goal: ReadGoal, urn: string): Promise<ResourceRecord> {
  const ref =
    goal.provider ||
    (await defaultProvider(run, {
      package: packageOf(goal.type),
      version: goal.version,
      url: goal.pluginDownloadURL,
    }))
  const { provider } = await run.providers.get(ref)
  const old = run.checkpoint.before.find((record) => record.urn === urn && !record.delete)
  if (old) run.matched.add(old)
  const record = recordFor(goal, { urn, ref })
  const step = { op: 'read' as const, urn, old, new: record, pending: 'reading' as const }
  return performStep(run, step, async () => {
    const unknown = !provider || goal.id === unknownValue || hasUnknown(goal.inputs)
    const read = unknown
      ? { ...record, outputs: goal.inputs }
      : await callRead(record, provider, goal)
    if (old && !old.external) run.checkpoint.swap({ ...old, delete: true }, old)
    run.checkpoint.finish(read, old?.external ? old : undefined)
    if (old && !equal(old.outputs, read.outputs)) count(run, 'read', urn)
    return read
  })
}

async function callRead(
  record: ResourceRecord,
  provider: NonNullable<Awaited<ReturnType<Update['providers']['get']>>['provider']>,
  goal: ReadGoal,
): Promise<ResourceRecord> {
  if (!provider.read) throw new Error(`the provider of ${goal.type} cannot read resources`)
  const answer = await provider.read({ urn: record.urn, id: goal.id }, goal.inputs, goal.inputs)
  if (!answer.id) throw new Error(`resource '${goal.id}' does not exist`)
  const outputs = withSecretOutputs(answer.outputs ?? {}, goal.inputs, goal.additionalSecretOutputs)
  return { ...record, id: answer.id, outputs }
}

function recordFor(goal: ReadGoal, o: { urn: string; ref: string }): ResourceRecord {
  const record: ResourceRecord = {
    urn: o.urn,
    custom: true,
    id: goal.id,
    type: goal.type,
    inputs: goal.inputs,
    external: true,
    provider: o.ref,
  }
  if (goal.parent !== '') record.parent = goal.parent
  if (goal.dependencies.length > 0) record.dependencies = goal.dependencies
  if (goal.additionalSecretOutputs.length > 0)
    record.additionalSecretOutputs = goal.additionalSecretOutputs
  return record
}

export type InvokeGoal = {
  token: string
  args: Props
  provider: string
  version: string
  pluginDownloadURL: string
}

/** An undefined result: the provider's configuration is not known yet. */
export async function invoke(
  run: Update,
  goal: InvokeGoal,
): Promise<{ outputs?: Props; failures?: { property: string; reason: string }[] }> {
  if (goal.token === 'pulumi:pulumi:getResource') return { outputs: lookUp(run, goal.args) }
  const request = {
    package: packageOf(goal.token),
    version: goal.version,
    url: goal.pluginDownloadURL,
  }
  const { provider } = await run.providers.get(
    goal.provider || (await defaultProvider(run, request)),
  )
  if (!provider) return {}
  if (!provider.invoke) throw new Error(`the provider of ${goal.token} has no functions`)
  return provider.invoke(goal.token, goal.args)
}

function lookUp(run: Update, args: Props): Props {
  const record = run.checkpoint.records().find((one) => one.urn === args['urn'] && !one.delete)
  if (!record) throw new Error(`unknown resource ${String(args['urn'])}`)
  return { urn: record.urn, id: record.id ?? '', state: record.outputs ?? {} }
}
