// Which registries the images of a TenantCluster may come from, where the administrator has said so. Managers ask before
// an operation begins and workers before they carry one out; the nodes themselves ask nobody.
import { addons, settingsOf } from '../../addons/index.ts'
import { InvalidSpec, type Fault } from '../faults/fault.ts'
import type { TenantClusterSpec } from './tenant-cluster.ts'

const registryField = 'spec.imageRegistry'

/** Undefined when all that the author named is allowed; an empty list allows everything. */
export function registryFault(
  spec: TenantClusterSpec,
  allowed: readonly string[],
): Fault | undefined {
  if (allowed.length === 0) return undefined
  const refused = imagesOf(spec).find(([, image]) => !allowed.some((entry) => holds(entry, image)))
  if (!refused) return undefined
  const [field, image] = refused
  const got = field === registryField ? spec.imageRegistry : image
  const expected = `an image of the registries that the administrator allows (${allowed.join(', ')})`
  return new InvalidSpec({ field, expected, got }).fault
}

/**
 * Field and what it holds; one image of ours stands for all, because an entry is a registry or a folder. Values of a chart that
 * are no texts are refused for that, elsewhere.
 */
function imagesOf(spec: TenantClusterSpec): [string, string][] {
  const ofValues = addons.flatMap((addon) => {
    const settings: { values?: unknown } | undefined = settingsOf(addon, spec)
    return (addon.chart?.images ?? []).flatMap((path): [string, string][] => {
      const image = valueAt(settings?.values, path)
      return typeof image === 'string' ? [[`${addon.field}.values.${path.join('.')}`, image]] : []
    })
  })
  return [[registryField, `${spec.imageRegistry}/cratekube`], ...ofValues]
}

export const valueAt = (values: unknown, path: readonly string[]): unknown =>
  path.reduce<unknown>((at, name) => (isObject(at) ? at[name] : undefined), values)

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** An entry is a registry, or a folder in one. */
function holds(entry: string, image: string): boolean {
  const place = entry.includes('/') ? fullName(entry) : entry.toLowerCase()
  const name = fullName(image)
  return name === place || ['/', ':', '@'].some((end) => name.startsWith(place + end))
}

/** As container runtimes read it: what begins with no host is a folder of Docker Hub, and one word is in its library. */
function fullName(image: string): string {
  const [first = '', ...path] = image.split('/')
  const host = first.toLowerCase()
  if (path.length === 0) return `docker.io/library/${image}`
  if (host === 'index.docker.io') return ['docker.io', ...path].join('/')
  return host === 'localhost' || /[.:]/.test(host)
    ? [host, ...path].join('/')
    : `docker.io/${image}`
}
