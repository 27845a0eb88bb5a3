// Automatic names as the real providers make them: the resource's name, a dash, seven hex digits.
import { randomBytes } from 'node:crypto'

export function autoname(urn: string, o: { max?: number; separator?: string } = {}): string {
  const base = urnName(urn)
  const suffix = `${o.separator ?? '-'}${randomBytes(4).toString('hex').slice(0, 7)}`
  return `${o.max === undefined ? base : base.slice(0, o.max - suffix.length)}${suffix}`
}

export const urnName = (urn: string): string => urn.split('::').slice(3).join('::')

/** The resource's own type: the last of the URN's `Parent$Child` chain. */
export function urnType(urn: string): string {
  const chain = urn.split('::')[2] ?? ''
  return chain.slice(chain.lastIndexOf('$') + 1)
}
