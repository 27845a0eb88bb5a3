// What a process that watches TenantClusters does not keep of them: values of charts, the largest thing that a user can put
// into a spec. The programs that install the charts read them from the API server themselves.
import { addons, settingsOf, type AddonsSpec } from '../../addons/index.ts'
import { valueAt } from './image-registries.ts'

/** Keeps the images, which are looked at before an operation begins. */
export function withoutChartValues(obj: { spec?: unknown }): void {
  for (const addon of addons) {
    const settings: { values?: unknown } | undefined = addon.chart && given(addon, obj.spec)
    if (settings) settings.values = imagesIn(settings.values, addon.chart?.images ?? [])
  }
}

/** Whether they ask for it or not; other kinds have none. */
const given = (addon: (typeof addons)[number], spec: unknown) =>
  settingsOf({ ...addon, isOn: () => true }, (spec ?? {}) as AddonsSpec) // all of its fields are looked at as unknown

function imagesIn(values: unknown, paths: readonly (readonly string[])[]): object {
  const kept = {}
  for (const path of paths) {
    const image = valueAt(values, path)
    if (typeof image === 'string') put(kept, path, image)
  }
  return kept
}

function put(into: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path
  if (rest.length === 0) into[name] = value
  else put((into[name] ??= {}) as Record<string, unknown>, rest, value) // made here
}
