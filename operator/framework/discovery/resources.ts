// What an API server serves, and which of it a selector means.
import type { Kind } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'

export type Resource = Kind & {
  readonly singular: string
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  readonly verbs: readonly string[]
}

export type Selector = {
  /** '' for the core group; of any group by default. */
  group?: string
  /** The version that the group prefers by default. */
  version?: string
  /** A plural, singular or short name, or a kind. */
  name?: string
  category?: string
  when?: (resource: Resource) => boolean
}

/** All resources that can be listed and watched, but events: an operator that writes some would never come to rest. */
export const EVERYTHING: Selector = {}

type ApiGroup = {
  name: string
  preferredVersion: { version: string }
  versions: { version: string }[]
}
type ApiResource = {
  name: string
  singularName?: string
  kind: string
  namespaced: boolean
  verbs: string[]
  shortNames?: string[]
  categories?: string[]
}

export type Found = {
  resources: Resource[]
  /** Whether everything could be read: the server of a group may be away. */
  isWhole: boolean
}

/** Of each group the versions that the selectors ask for. */
export async function discover(kube: Kube, selectors: readonly Selector[]): Promise<Found> {
  const core = { name: '', preferredVersion: { version: 'v1' }, versions: [{ version: 'v1' }] }
  const { groups } = (await kube.request('GET', '/apis')) as { groups: ApiGroup[] } // the API server's own format
  const asked = new Set(selectors.flatMap(({ version }) => version ?? []))
  const found = await Promise.all(
    [core, ...groups]
      .filter(({ name }) => isAsked(name, selectors))
      .flatMap((group) => {
        const others = group.versions.map(({ version }) => version).filter((v) => asked.has(v))
        const versions = new Set([group.preferredVersion.version, ...others])
        return [...versions].map((version) =>
          resourcesOf(kube, group.name, version).catch(() => undefined),
        )
      }),
  )
  const resources = found.flatMap((of) => of ?? [])
  return { resources, isWhole: !found.includes(undefined) }
}

export const isAsked = (name: string, selectors: readonly Selector[]): boolean =>
  selectors.some(({ group }) => group === undefined || group === name)

function isSelected(selector: Selector, resource: Resource, preferred: boolean): boolean {
  const { group, version, category, when } = selector
  return (
    ['list', 'watch'].every((verb) => resource.verbs.includes(verb)) &&
    (group === undefined || group === resource.group) &&
    (version === undefined ? preferred : version === resource.version) &&
    (category === undefined || resource.categories.includes(category)) &&
    isNamed(selector, resource) &&
    (when?.(resource) ?? true)
  )
}

const isNamed = ({ name }: Selector, { kind, plural, singular, shortNames }: Resource): boolean =>
  name === undefined ? kind !== 'Event' : [plural, singular, kind, ...shortNames].includes(name)

/** Each once, though several selectors mean it. The first version that was found of a group is the preferred one. */
export function selected(selector: Selector, resources: readonly Resource[]): Resource[] {
  const preferred = new Map<string, string>()
  for (const { group, version } of resources)
    if (!preferred.has(group)) preferred.set(group, version)
  return resources.filter((resource) =>
    isSelected(selector, resource, preferred.get(resource.group) === resource.version),
  )
}

async function resourcesOf(kube: Kube, group: string, version: string): Promise<Resource[]> {
  const path = group ? `/apis/${group}/${version}` : `/api/${version}`
  const { resources } = (await kube.request('GET', path)) as { resources: ApiResource[] }
  return resources
    .filter(({ name }) => !name.includes('/'))
    .map((resource) => ({
      group,
      version,
      kind: resource.kind,
      plural: resource.name,
      namespaced: resource.namespaced,
      singular: resource.singularName ?? '',
      shortNames: resource.shortNames ?? [],
      categories: resource.categories ?? [],
      verbs: resource.verbs,
    }))
}
