// Pulumi's special values on the provider border: secrets are unwrapped, unknowns found, values compared as the bridge
// of the real providers compares them. Used by all three doubles.
import type { Props } from '../../../operator/engine/embedded/providers/provider.ts'

const SIGNATURE = '4dabf18193072939515e22adb298388d'
const SECRET = '1b47061264138c4ac30d75fd1eb44270'
const OUTPUT_VALUE = 'd0e6a833031e9bbcd3f4e8bde6ca49a4'
const RESOURCE = '5cf8f73096256a8f31e491e813e4eb8e'
export const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9'

export const isObject = (value: unknown): value is Props =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const secret = (value: unknown): Props => ({ [SIGNATURE]: SECRET, value })

/** The plain value: secrets and output values unwrapped at every depth, undefined members dropped. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (!isObject(value)) return value
  const signature = value[SIGNATURE]
  if (signature === SECRET) return plain(value['value'])
  if (signature === OUTPUT_VALUE) return 'value' in value ? plain(value['value']) : UNKNOWN
  if (signature === RESOURCE) return value['id'] === '' ? UNKNOWN : (value['id'] ?? value['urn'])
  const members: Props = {}
  for (const key of Object.keys(value))
    if (value[key] !== undefined) members[key] = plain(value[key])
  return members
}

export const plainProps = (props: Props): Props => plain(props) as Props // an object stays an object

export function isSecret(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(isSecret)
  if (!isObject(value)) return false
  return value[SIGNATURE] === SECRET || Object.values(value).some(isSecret)
}

/** Wraps again what was secret in the inputs, so that no output shows it. */
export function keepSecrets(outputs: Props, inputs: Props): Props {
  const wrapped = Object.entries(outputs).map(([key, value]) => [
    key,
    isSecret(inputs[key]) && value !== undefined ? secret(value) : value,
  ])
  return Object.fromEntries(wrapped)
}

export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true
  if (Array.isArray(value)) return value.some(hasUnknown)
  return isObject(value) && Object.values(value).some(hasUnknown)
}

/** JSON with sorted keys, for comparing. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    isObject(member)
      ? Object.fromEntries(Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  )
}

export const equal = (a: unknown, b: unknown): boolean => canonical(a) === canonical(b)

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
