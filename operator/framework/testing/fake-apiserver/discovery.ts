// What the fake API server says that it serves, and what a definition adds to it.
import { core, type Kind, type KubeObject } from '../../index.ts'

type Definition = KubeObject<{
  group: string
  scope: string
  names: { kind: string; plural: string }
  versions?: { name: string; served: boolean }[]
}>

/** undefined for a path that is none of discovery. */
export function discoveryAt(path: string, kinds: Iterable<Kind>): object | undefined {
  const all = [...kinds]
  if (path === '/apis') return { kind: 'APIGroupList', groups: groupsOf(all) }
  const [, root, ...rest] = path.split('/')
  const [group, version] = root === 'api' ? ['', rest[0]] : rest
  if (rest.length !== (root === 'api' ? 1 : 2)) return undefined
  const served = all.filter((kind) => kind.group === group && kind.version === version)
  return served.length > 0
    ? { kind: 'APIResourceList', resources: served.map(resourceOf) }
    : undefined
}

function groupsOf(kinds: readonly Kind[]) {
  const names = new Set(kinds.map(({ group }) => group).filter(Boolean))
  return [...names].map((name) => {
    const own = kinds.filter(({ group }) => group === name).map(({ version }) => version)
    const versions = [...new Set(own)].map((version) => ({ version }))
    return { name, versions, preferredVersion: versions[0] }
  })
}

const resourceOf = ({ plural, kind, namespaced }: Kind) => ({
  name: plural,
  singularName: kind.toLowerCase(),
  kind,
  namespaced,
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
})

export const isDefinition = (kind: Kind): boolean => kind === core.crd

export function definedBy(obj: KubeObject): Kind[] {
  const { group, scope, names, versions = [] } = (obj as Definition).spec // of a CustomResourceDefinition; not checked
  return versions
    .filter(({ served }) => served)
    .map(({ name }) => ({ ...names, group, version: name, namespaced: scope === 'Namespaced' }))
}
