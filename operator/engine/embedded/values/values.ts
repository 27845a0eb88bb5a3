// Property values as the engine keeps them: JSON with Pulumi's marked objects for secrets, assets, references and
// outputs. Pure; used by every other file of the embedded engine.
import { isDeepStrictEqual } from 'node:util'
import { signatureKey } from '../../../api/schema/grammar.ts'
import type { Props } from './props.ts'

export const secretSignature = '1b47061264138c4ac30d75fd1eb44270'
export const outputSignature = 'd0e6a833031e9bbcd3f4e8bde6ca49a4'
export const resourceSignature = '5cf8f73096256a8f31e491e813e4eb8e'
/** Stands for a value that preview does not know yet. */
export const unknownValue = '04da6b54-80e4-46f7-96ec-b56ff0331ba9'

export type Secret = { [signatureKey]: typeof secretSignature; value: unknown }

export const isObject = (value: unknown): value is Props =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isSecret = (value: unknown): value is Secret =>
  isObject(value) && value[signatureKey] === secretSignature

export const secretOf = (value: unknown): Secret =>
  isSecret(value) ? value : { [signatureKey]: secretSignature, value }

export const equal = (left: unknown, right: unknown): boolean => isDeepStrictEqual(left, right)

/** Rebuilds a value from the inside out; `visit` sees every node after its children. */
export function mapValue(value: unknown, visit: (node: unknown) => unknown): unknown {
  if (Array.isArray(value)) return visit(value.map((item) => mapValue(item, visit)))
  if (isObject(value)) return visit(mapProps(value, (item) => mapValue(item, visit)))
  return visit(value)
}

export function mapProps(props: Props, visit: (value: unknown, key: string) => unknown): Props {
  // Every value of every resource passes here several times; entries would be an array for each of its keys.
  const mapped: Props = {}
  for (const key of Object.keys(props)) mapped[key] = visit(props[key], key)
  return mapped
}

function some(value: unknown, wanted: (node: unknown) => boolean): boolean {
  if (wanted(value)) return true
  if (Array.isArray(value)) return value.some((item) => some(item, wanted))
  return isObject(value) && Object.values(value).some((item) => some(item, wanted))
}

export const hasUnknown = (value: unknown): boolean => some(value, (node) => node === unknownValue)
export const hasSecret = (value: unknown): boolean => some(value, isSecret)

/** The value in the clear: for comparing and for providers that do not know secrets. */
export function plain(value: unknown): unknown {
  return mapValue(value, (node) => (isSecret(node) ? node.value : node))
}

/** What messages and events may show of a value. */
export function masked(value: unknown): unknown {
  if (isSecret(value)) return { [signatureKey]: secretSignature, ciphertext: '[secret]' }
  if (Array.isArray(value)) return value.map(masked)
  return isObject(value) ? mapProps(value, masked) : value
}

/**
 * Turns output values, as the SDK sends them, into plain values, secrets and unknowns.
 * Their dependencies are added to `dependencies`.
 */
export function lowerOutputs(value: unknown, dependencies: Set<string>): unknown {
  if (Array.isArray(value)) return value.map((item) => lowerOutputs(item, dependencies))
  if (!isObject(value)) return value
  if (value[signatureKey] !== outputSignature) {
    const lowered = mapProps(value, (item) => lowerOutputs(item, dependencies))
    // The SDK leaves out an unknown version of a resource reference; the official engine writes it down as empty.
    return value[signatureKey] === resourceSignature ? { packageVersion: '', ...lowered } : lowered
  }
  if (Array.isArray(value['dependencies'])) {
    for (const urn of value['dependencies']) if (typeof urn === 'string') dependencies.add(urn)
  }
  const inner = 'value' in value ? lowerOutputs(value['value'], dependencies) : unknownValue
  return value['secret'] === true ? secretOf(inner) : inner
}

/** Inputs without the keys that hold nothing, which the official engine drops at the top level only. */
export function withoutNulls(props: Props): Props {
  return Object.fromEntries(
    Object.entries(props).filter(([, value]) => value !== null && value !== undefined),
  )
}

/** Outputs with `names` and every output whose input is secret wrapped as secrets. */
export function withSecretOutputs(outputs: Props, inputs: Props, names: readonly string[]): Props {
  return mapProps(outputs, (value, key) => {
    const input = inputs[key]
    const secret = names.includes(key) || (hasSecret(input) && !hasSecret(value))
    return secret ? secretOf(value) : value
  })
}

/** Keys at the top level whose values differ, secrets compared by what they hold. */
export function changedKeys(olds: Props, news: Props): string[] {
  const keys = new Set([...Object.keys(olds), ...Object.keys(news)])
  return [...keys].filter((key) => !equal(plain(olds[key]), plain(news[key])))
}
