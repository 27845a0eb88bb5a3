// Whether a spec is built as its CRD says, for objects that slipped past it (an older CRD, a hand in etcd): the rest
// of the operator may then rely on its types.

type Shape =
  | 'text'
  | 'number'
  | 'flag'
  | 'texts'
  | 'fragment'
  | 'fragments'
  | readonly [Shape]
  | Fields
type Fields = { readonly [field: string]: Shape }

/** One sentence for every field of a wrong kind; a field that is absent is right. */
export function misshapen(field: string, value: unknown, shape: Shape): string[] {
  if (value === undefined) return []
  if (typeof shape === 'string')
    return fits(value, shape) ? [] : [`${field}: expected ${words[shape]}`]
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return [`${field}: expected a list`]
    const [item] = shape as readonly [Shape] // the only list among shapes
    return value.flatMap((one, at) => misshapenItem(`${field}[${at}]`, one, item))
  }
  if (!isObject(value)) return [`${field}: expected an object`]
  return Object.entries(shape).flatMap(([name, inner]) =>
    misshapen(`${field}.${name}`, value[name], inner as Shape),
  )
}

/** What its list is about must be there. */
function misshapenItem(field: string, value: unknown, shape: Shape): string[] {
  if (value === undefined || value === null) return [`${field}: expected a value`]
  const found = misshapen(field, value, shape)
  if (found.length > 0 || !isObject(value) || !isObject(shape)) return found
  return ['name', 'mountPath']
    .filter((name) => name in shape && value[name] === undefined)
    .map((name) => `${field}.${name}: expected a text`)
}

const words = {
  text: 'a text',
  number: 'a number',
  flag: 'true or false',
  texts: 'an object of texts',
  fragment: 'an object',
  fragments: 'a list of objects',
}

function fits(value: unknown, shape: keyof typeof words): boolean {
  switch (shape) {
    case 'text':
      return typeof value === 'string'
    case 'number':
      return typeof value === 'number'
    case 'flag':
      return typeof value === 'boolean'
    case 'texts':
      return isObject(value) && Object.values(value).every((one) => typeof one === 'string')
    case 'fragment':
      return isObject(value)
    case 'fragments':
      return Array.isArray(value) && value.every(isObject)
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
