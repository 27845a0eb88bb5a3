// What a provider says of a resource before anything is done: are its inputs right, and what do they change.
import type { Goal } from './goal.ts'
import { pathMatches } from '../values/property-path.ts'
import type { ConfiguredProvider } from '../providers/providers.ts'
import type { DiffResult } from '../providers/provider.ts'
import type { Props } from '../values/props.ts'
import { recordFrom } from '../state/record.ts'
import { isStopped, refuseWhenStopped, type Update } from './run.ts'
import type { ResourceRecord } from '../state/state.ts'
import { changedKeys, plain } from '../values/values.ts'

export type WantedResource = { goal: Goal; urn: string; provider: ConfiguredProvider }

/** A resource with checked inputs and what the state knows of it. */
export type CheckedResource = WantedResource & { record: ResourceRecord; old: ResourceRecord }

export async function checked(
  run: Update,
  wanted: WantedResource,
  olds: Props,
): Promise<ResourceRecord> {
  const { goal, urn, provider } = wanted
  refuseWhenStopped(run)
  const record = (inputs: Props) => recordFrom(goal, { urn, inputs, provider: provider.ref })
  const answer = await provider.provider?.check?.(urn, olds, goal.inputs)
  if (!answer) return record(goal.inputs)
  if (isStopped(run) || !answer.failures?.length) return record(answer.inputs)
  const texts = answer.failures.map(({ property, reason }) => {
    const value =
      property === ''
        ? ''
        : ` property ${property} value {${show(plain(goal.inputs[property]))}} has a problem:`
    return `${goal.type} resource '${goal.name}':${value} ${reason}`
  })
  throw new Error(texts.join('\n'))
}

const show = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

/** What the provider says changes; without an answer the inputs are compared. */
export async function diffAgainst(
  plan: { urn: string; goal?: Goal | undefined; old: ResourceRecord; provider: ConfiguredProvider },
  o: { news: Props },
): Promise<DiffResult> {
  const { urn } = plan
  const { id = '', inputs: oldInputs = {}, outputs = {} } = plan.old
  const ignoreChanges = ignoredOf(plan)
  const { provider } = plan.provider
  const answer = await provider?.diff?.({ urn, id }, outputs, o.news, { oldInputs, ignoreChanges })
  const diff =
    answer?.changes === undefined
      ? { ...byInputs(oldInputs, o.news), ...withoutChanges(answer) }
      : answer
  return withForcedReplacement(diff, plan.goal?.replaceOnChanges ?? [])
}

/** By the program where it runs; a refresh has only what the state says of it. */
const ignoredOf = (plan: { goal?: Goal | undefined; old: ResourceRecord }): string[] =>
  plan.goal?.ignoreChanges ?? plan.old.ignoreChanges ?? []

function withForcedReplacement(diff: DiffResult, paths: readonly string[]): DiffResult {
  const forced = (diff.diffs ?? []).filter((path) => pathMatches(paths, path))
  return forced.length > 0 ? { ...diff, replaces: [...(diff.replaces ?? []), ...forced] } : diff
}

function byInputs(olds: Props, news: Props): DiffResult {
  const diffs = changedKeys(olds, news)
  return { changes: diffs.length > 0, diffs }
}

function withoutChanges(answer: DiffResult | undefined): DiffResult {
  const { changes: _, ...rest } = answer ?? {}
  return rest
}
