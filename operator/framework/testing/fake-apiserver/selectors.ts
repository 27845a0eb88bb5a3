// Label and field selectors of lists and watches.
import type { KubeObject } from '../../index.ts'

export type Matcher = (obj: KubeObject) => boolean

export function matcher(o: {
  labelSelector?: string | null
  fieldSelector?: string | null
}): Matcher {
  const requirements = [
    ...split(o.labelSelector).map(labelRequirement),
    ...split(o.fieldSelector).map(fieldRequirement),
  ]
  return (obj) => requirements.every((holds) => holds(obj))
}

/** At commas that are not inside parentheses. */
const split = (selector: string | null | undefined): string[] =>
  selector ? selector.split(/,(?![^(]*\))/).map((part) => part.trim()) : []

function labelRequirement(text: string): Matcher {
  const labels = (obj: KubeObject) => obj.metadata.labels ?? {}
  const set = /^(\S+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(text)
  if (set) {
    const [, key = '', operator, list = ''] = set
    const values = list.split(',').map((value) => value.trim())
    return (obj) => values.includes(labels(obj)[key] ?? '') === (operator === 'in')
  }
  const pair = /^([^!=]+)(==|=|!=)(.*)$/.exec(text)
  if (pair) {
    const [, key = '', operator, value] = pair
    return (obj) => (labels(obj)[key] === value) === (operator !== '!=')
  }
  return text.startsWith('!')
    ? (obj) => labels(obj)[text.slice(1)] === undefined
    : (obj) => labels(obj)[text] !== undefined
}

function fieldRequirement(text: string): Matcher {
  const [, path = '', operator, value] = /^([^!=]+)(==|=|!=)(.*)$/.exec(text) ?? []
  return (obj) => {
    const found = path
      .split('.')
      .reduce<unknown>((at, field) => (at as Record<string, unknown>)?.[field], obj)
    return ((typeof found === 'string' ? found : '') === value) === (operator !== '!=')
  }
}
