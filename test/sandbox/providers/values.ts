// Pulumi's special values on the provider border: secrets are unwrapped, unknowns found, values compared as the bridge
// of the real providers compares them. Used by all three doubles.
import { signatureKey } from '../../../operator/api/schema/grammar.ts'
import type { Props } from '../../../operator/engine/embedded/values/props.ts'
import {
  hasSecret,
  isObject,
  outputSignature,
  resourceSignature,
  secretSignature,
  unknownValue,
} from '../../../operator/engine/embedded/values/values.ts'

export const secret = (value: unknown): Props => ({ [signatureKey]: secretSignature, value })

/** The plain value: secrets and output values unwrapped at every depth, undefined members dropped. */
export function unwrapped(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unwrapped)
  if (!isObject(value)) return value
  const signature = value[signatureKey]
  if (signature === secretSignature) return unwrapped(value['value'])
  if (signature === outputSignature)
    return 'value' in value ? unwrapped(value['value']) : unknownValue
  if (signature === resourceSignature)
    return value['id'] === '' ? unknownValue : (value['id'] ?? value['urn'])
  const members: Props = {}
  for (const key of Object.keys(value))
    if (value[key] !== undefined) members[key] = unwrapped(value[key])
  return members
}

export const plainProps = (props: Props): Props => unwrapped(props) as Props // an object stays an object

/** Wraps again what was secret in the inputs, so that no output shows it. */
export function keepSecrets(outputs: Props, inputs: Props): Props {
  const wrapped = Object.entries(outputs).map(([key, value]) => [
    key,
    hasSecret(inputs[key]) && value !== undefined ? secret(value) : value,
  ])
  return Object.fromEntries(wrapped)
}

/** JSON with sorted keys, for comparing. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    isObject(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
}

export const sameValue = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b)

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  value === false ||
  value === 0 ||
  (Array.isArray(value) && value.length === 0) ||
  (isObject(value) && Object.values(value).every(isEmpty))

/**
 * Does `actual` hold all that `wanted` says? Members that `wanted` leaves out are the service's own business, but for what
 * is `whole`.
 */
export function satisfies(
  wanted: unknown,
  actual: unknown,
  o: { ordered?: boolean | undefined; whole?: boolean | undefined },
): boolean {
  if (isEmpty(wanted) && isEmpty(actual)) return true
  if (Array.isArray(wanted)) {
    if (!Array.isArray(actual) || wanted.length !== actual.length) return false
    if (o.ordered) return wanted.every((item, index) => satisfies(item, actual[index], o))
    const rest: unknown[] = [...actual]
    return wanted.every((item) => {
      const at = rest.findIndex((candidate) => satisfies(item, candidate, o))
      if (at >= 0) rest.splice(at, 1)
      return at >= 0
    })
  }
  if (isObject(wanted))
    return (
      isObject(actual) &&
      (o.whole !== true || Object.keys(actual).every((k) => k in wanted || isEmpty(actual[k]))) &&
      Object.entries(wanted).every(([k, member]) => satisfies(member, actual[k], o))
    )
  return scalar(wanted) === scalar(actual)
}

// The bridge reads "80" and 80, "true" and true as the same value.
const scalar = (value: unknown): unknown =>
  typeof value === 'number' || typeof value === 'boolean' ? `${value}` : value

/** What a provider reports of a text or switch that the service leaves out. */
export const orEmpty = (value: string | undefined): string => value ?? ''
export const textOf = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : undefined
export const orZero = (value: number | undefined): number => value ?? 0
export const orFalse = (value: boolean | undefined): boolean => value ?? false
