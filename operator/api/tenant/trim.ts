// What a process that watches TenantClusters does not keep of them: values of a chart, the largest thing that a user can put
// into a spec. The program that installs the chart reads them from the API server itself.
import { imagePaths, valueAt } from './image-registries.ts'

/** Keeps the images, which are looked at before an operation begins. */
export function withoutChartValues(obj: { spec?: unknown }): void {
  const { addons } = (obj.spec ?? {}) as { addons?: { loadTesting?: { values?: unknown } } } // of no other kind
  if (!addons?.loadTesting) return
  const { values } = addons.loadTesting
  const kept = {}
  for (const path of imagePaths) {
    const image = valueAt(values, path)
    if (typeof image === 'string') put(kept, path, image)
  }
  addons.loadTesting.values = kept
}

function put(into: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path
  if (rest.length === 0) into[name] = value
  else put((into[name] ??= {}) as Record<string, unknown>, rest, value) // made here
}
