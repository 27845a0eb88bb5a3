// URNs: urn:pulumi:STACK::PROJECT::PARENT_TYPES$TYPE::NAME, and provider references URN::ID.
export const stackType = 'pulumi:pulumi:Stack'
const providerTypePrefix = 'pulumi:providers:'

export type UrnParts = {
  stack: string
  project: string
  type: string
  name: string
  parent?: string | undefined
}

export function urnOf(parts: UrnParts): string {
  const parentType =
    parts.parent === undefined || parts.parent === '' ? '' : qualifiedType(parts.parent)
  const type =
    parentType === '' || parentType === stackType ? parts.type : `${parentType}$${parts.type}`
  return `urn:pulumi:${parts.stack}::${parts.project}::${type}::${parts.name}`
}

/** With the types of all parents, joined by $. */
export const qualifiedType = (urn: string): string => urn.split('::')[2] ?? ''

export const urnType = (urn: string): string => qualifiedType(urn).split('$').at(-1) ?? ''

/** A name may itself hold `::`. */
export const urnName = (urn: string): string => urn.split('::').slice(3).join('::')

export const isProviderType = (type: string): boolean => type.startsWith(providerTypePrefix)

/** Package of `pulumi:providers:random` and of `random:index/randomId:RandomId`. */
export const packageOf = (type: string): string =>
  isProviderType(type) ? type.slice(providerTypePrefix.length) : (type.split(':')[0] ?? '')

export const isDefaultProvider = (urn: string): boolean =>
  isProviderType(urnType(urn)) && /^default(_|$)/.test(urnName(urn))

export const providerRef = (provider: { urn: string; id: string }): string =>
  `${provider.urn}::${provider.id}`

export function parseProviderRef(ref: string): { urn: string; id: string } {
  const at = ref.lastIndexOf('::')
  return { urn: ref.slice(0, at), id: ref.slice(at + 2) }
}
