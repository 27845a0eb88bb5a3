// Automatic names as the real providers make them: the resource's name, a dash, seven hex digits.
import { randomBytes } from 'node:crypto'
import { urnName } from '../../../operator/engine/embedded/state/urn.ts'

export function autoname(urn: string, o: { max?: number; separator?: string } = {}): string {
  const base = urnName(urn)
  const suffix = `${o.separator ?? '-'}${randomBytes(4).toString('hex').slice(0, 7)}`
  return `${o.max === undefined ? base : base.slice(0, o.max - suffix.length)}${suffix}`
}
