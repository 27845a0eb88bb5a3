// What speaks against a spec without any call: asked by a worker before it makes anything, for what the API server cannot
// know. The first mistake is enough; it costs nothing to come back.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { valuesDepth, valuesLimit } from '../../addons/chart-values.ts'
import { chartVersionProblem } from '../../addons/chart-version.ts'
import type { AddonChart } from '../../addons/contract.ts'
import { addons, settingsOf } from '../../addons/index.ts'
import { InvalidSpec, type Fault } from '../../api/faults/fault.ts'
import { registryFault } from '../../api/tenant/image-registries.ts'
import { problemsOf } from '../../api/schema/json-schema.ts'
import { refuseMarkers } from '../../api/tenant/markers.ts'
import type { TenantClusterSpec } from '../../api/tenant/tenant-cluster.ts'

export function specFault(
  spec: TenantClusterSpec,
  o: { imageRegistries: readonly string[] },
): Fault | undefined {
  return registryFault(spec, o.imageRegistries) ?? chartsFault(spec) ?? markersFault(spec)
}

function markersFault(spec: TenantClusterSpec): Fault | undefined {
  try {
    refuseMarkers(spec, 'spec')
    return undefined
  } catch (error) {
    if (error instanceof InvalidSpec) return error.fault
    throw error
  }
}

function chartsFault(spec: TenantClusterSpec): Fault | undefined {
  for (const { field, chart, settings } of chartsIn(spec)) {
    const problem = chartVersionProblem(settings.version, { field, chart })
    const fault = problem
      ? new InvalidSpec(problem).fault
      : valuesFault(settings.values, { field: `${field}.values`, chart })
    if (fault) return fault
  }
  return undefined
}

type ChartSettings = { version?: unknown; values?: unknown }

const chartsIn = (spec: TenantClusterSpec) =>
  addons.flatMap((addon) => {
    const settings: ChartSettings | undefined = settingsOf(addon, spec)
    return addon.chart && settings ? [{ field: addon.field, chart: addon.chart, settings }] : []
  })

function valuesFault(
  values: unknown,
  { field, chart }: { field: string; chart: AddonChart },
): Fault | undefined {
  if (depthOf(values, valuesDepth) > valuesDepth)
    return invalid(field, `at most ${valuesDepth} levels`, 'more')
  const { length } = JSON.stringify(values)
  if (length > valuesLimit)
    return invalid(field, `at most ${valuesLimit} characters of JSON`, length)
  const [first] = problemsOf(values, chartSchema(chart), field)
  return first && invalid(first.path, first.expected, first.got)
}

const invalid = (field: string, expected: string, got: unknown): Fault =>
  new InvalidSpec({ field, expected, got }).fault

/** Looks no further than one level below `limit`. */
function depthOf(value: unknown, limit: number): number {
  if (typeof value !== 'object' || value === null) return 0
  if (limit < 0) return 1
  return 1 + Math.max(0, ...Object.values(value).map((member) => depthOf(member, limit - 1)))
}

/** Of the chart that the programs install. */
function chartSchema({ folder }: AddonChart): Record<string, unknown> {
  const path = new URL(`../../../charts/${folder}/values.schema.json`, import.meta.url)
  return JSON.parse(readFileSync(fileURLToPath(path), 'utf8')) as Record<string, unknown> // the chart's own schema
}
