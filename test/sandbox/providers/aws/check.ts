// Check and Diff of the aws double: pure. They decide defaults, names, tags, and what a change costs.
import type {
  CheckFailure,
  DiffResult,
} from '../../../../operator/engine/embedded/providers/provider.ts'
import type { Props } from '../../../../operator/engine/embedded/values/props.ts'
import { autoname } from '../autoname.ts'
import { canonical, sameValue, unwrapped, satisfies } from '../values.ts'
import {
  unknownValue,
  hasUnknown,
  isObject,
  hasSecret,
} from '../../../../operator/engine/embedded/values/values.ts'
import { type Tags, mergeTags } from './tags.ts'
import type { AwsType, Field } from './type.ts'

const isTaggable = (type: AwsType): boolean => 'tags' in type.inputs

/** Inputs as they go into the state: names filled in (kept from `olds`), defaults, tags with the provider's own. */
export function checkInputs(
  type: AwsType,
  o: { urn: string; olds: Props; news: Props; defaultTags: Tags },
): { inputs: Props; failures: CheckFailure[] } {
  const failures = unsupported(type, o.news)
  const inputs = withDefaults(type, o)
  if (isTaggable(type)) {
    const declared = inputs['tags']
    const all =
      unwrapped(declared) === unknownValue ? unknownValue : mergeTags(o.defaultTags, declared)
    if (all === unknownValue || Object.keys(all).length > 0) inputs['tagsAll'] = all
  }
  return { inputs, failures }
}

function withDefaults(type: AwsType, o: { urn: string; olds: Props; news: Props }): Props {
  const inputs: Props = { ...o.news }
  for (const [name, field] of Object.entries(type.inputs)) {
    if (inputs[name] !== undefined && inputs[name] !== null) {
      inputs[name] = field.json === true ? jsonText(inputs[name]) : inputs[name]
      continue
    }
    delete inputs[name]
    if (field.default !== undefined) inputs[name] = field.default
    if (field.autoname) inputs[name] = o.olds[name] ?? generate(o.urn, field.autoname)
  }
  return inputs
}

// Policies and the like may be given as objects; the real provider's inputs are text. Unknown and secret parts stay.
const jsonText = (value: unknown): unknown =>
  isObject(value) && !hasUnknown(value) && !hasSecret(value)
    ? JSON.stringify(unwrapped(value))
    : value

const generate = (urn: string, o: NonNullable<Field['autoname']>): string =>
  `${o.prefix ?? ''}${autoname(urn, o)}${o.suffix ?? ''}`

const unsupported = (type: AwsType, news: Props): CheckFailure[] =>
  Object.keys(news)
    .filter((name) => !(name in type.inputs) && !['region', 'tagsAll'].includes(name))
    .map((property) => ({
      property,
      reason: `the aws provider double does not support this input of ${type.label}: ${property}`,
    }))

/** Which inputs differ from the resource as last seen, and which of them cannot change in place. */
export function diffInputs(
  type: AwsType,
  o: { outputs: Props; oldInputs: Props; news: Props; ignoreChanges: string[] },
): Required<Pick<DiffResult, 'changes' | 'replaces' | 'diffs' | 'deleteBeforeReplace'>> {
  const fields = Object.entries(type.inputs).filter(
    ([name]) => name !== 'tags' && !o.ignoreChanges.includes(name),
  )
  const diffs = fields.filter(([name, field]) => differs(field, name, o)).map(([name]) => name)
  const replaces = diffs.filter((name) => {
    const rule = type.inputs[name]?.replace
    return typeof rule === 'function'
      ? rule(unwrapped(o.outputs[name]), unwrapped(o.news[name]))
      : rule
  })
  if (o.news['region'] !== undefined && o.news['region'] !== o.outputs['region']) {
    diffs.push('region')
    replaces.push('region')
  }
  const ignoresTags = o.ignoreChanges.includes('tags') || o.ignoreChanges.includes('tagsAll')
  if (
    isTaggable(type) &&
    !ignoresTags &&
    !sameValue(unwrapped(o.news['tagsAll']) ?? {}, unwrapped(o.outputs['tagsAll']) ?? {})
  )
    diffs.push('tags', 'tagsAll')
  if (type.broken?.(o.outputs) === true) {
    diffs.push('status')
    replaces.push('status')
  }
  return {
    changes: diffs.length > 0,
    diffs,
    replaces,
    deleteBeforeReplace: replaces.length > 0 && hasFixedName(type, o.news, o.outputs),
  }
}

// Two resources cannot bear one name: when the name stays, the old one goes first.
function hasFixedName(type: AwsType, news: Props, outputs: Props): boolean {
  const names = Object.entries(type.inputs).filter(([, field]) => field.autoname)
  return (
    names.length > 0 &&
    names.every(([name]) => sameValue(unwrapped(news[name]), unwrapped(outputs[name])))
  )
}

function differs(
  field: Field,
  name: string,
  o: { outputs: Props; oldInputs: Props; news: Props },
): boolean {
  const wanted = unwrapped(o.news[name])
  const before = unwrapped(o.oldInputs[name])
  const actual = field.local === true ? before : unwrapped(o.outputs[name])
  if (hasUnknown(wanted)) return true
  if (wanted === undefined) return field.computed !== true && before !== undefined
  if (field.json === true) return !sameJson(wanted, actual)
  return !satisfies(wanted, actual, { ordered: field.ordered, whole: field.whole })
}

export function sameJson(a: unknown, b: unknown): boolean {
  try {
    return canonical(parse(a)) === canonical(parse(b))
  } catch (error) {
    if (error instanceof SyntaxError) return a === b
    throw error
  }
}

const parse = (value: unknown): unknown =>
  typeof value === 'string' && value !== '' ? JSON.parse(value) : (value ?? null)
