// Lays the user's podTemplate over the one that the operator makes: objects are merged field by field, lists of
// named things by their names, any other list is replaced, and null takes a field away.

/** The Locust container may be called by this name, whatever the test is called. */
export const locustAlias = 'locust'

export function patched<Template extends object>(
  template: Template,
  patch: object | undefined,
): Template {
  return patch ? (merge(template, patch) as Template) : template // the API server checks the result
}

function merge(base: unknown, patch: unknown): unknown {
  if (isNamedList(base) && isNamedList(patch)) return mergeLists(base, patch)
  if (!isObject(patch)) return patch
  const merged: Record<string, unknown> = isObject(base) ? { ...base } : {}
  for (const [field, value] of Object.entries(patch))
    if (value === null) delete merged[field]
    else merged[field] = merge(merged[field], value)
  return merged
}

type Named = { name: string }

/** In the order of the base; what is new comes last. */
function mergeLists(base: Named[], patch: Named[]): unknown[] {
  const known = base.map((item) =>
    patch.reduce((all, one) => (one.name === item.name ? merge(all, one) : all), item as unknown),
  )
  const fresh = patch.filter((one) => base.every(({ name }) => name !== one.name))
  return [...known, ...fresh]
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isNamedList = (value: unknown): value is Named[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every((item) => isObject(item) && typeof item['name'] === 'string')

/** The patch with the Locust container under its real name. */
export function withContainerName(patch: PodTemplatePatch, name: string): PodTemplatePatch {
  const containers = patch.spec?.['containers']
  if (!Array.isArray(containers)) return patch
  const renamed = containers.map((one: unknown) =>
    isObject(one) && one['name'] === locustAlias ? { ...one, name } : one,
  )
  return { ...patch, spec: { ...patch.spec, containers: renamed } }
}

export type PodTemplatePatch = {
  metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }
  spec?: Record<string, unknown>
}
