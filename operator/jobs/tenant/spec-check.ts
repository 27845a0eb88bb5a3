// What speaks against a spec without any call: asked by a worker before it makes anything, for what the API server cannot
// know. The first mistake is enough; it costs nothing to come back.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { InvalidSpec, type Fault } from '../../api/faults/fault.ts'
import { registryFault } from '../../api/tenant/image-registries.ts'
import { problemsOf } from '../../api/schema/json-schema.ts'
import { refuseMarkers } from '../../api/schema/markers.ts'
import type { TenantClusterSpec } from '../../api/tenant/tenant-cluster.ts'
import { valuesLimit } from '../../api/schema/values-limit.ts'

const valuesField = 'spec.addons.loadTesting.values'
const deepest = 16

export function specFault(
  spec: TenantClusterSpec,
  o: { imageRegistries: readonly string[] },
): Fault | undefined {
  return registryFault(spec, o.imageRegistries) ?? valuesFault(spec) ?? markersFault(spec)
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

function valuesFault({ addons }: TenantClusterSpec): Fault | undefined {
  const { enabled, values } = addons.loadTesting
  if (!enabled) return undefined
  if (depthOf(values, deepest) > deepest)
    return invalid(valuesField, `at most ${deepest} levels`, 'more')
  const { length } = JSON.stringify(values)
  if (length > valuesLimit)
    return invalid(valuesField, `at most ${valuesLimit} characters of JSON`, length)
  const [first] = problemsOf(values, chartSchema(), valuesField)
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
function chartSchema(): Record<string, unknown> {
  const path = new URL('../../../charts/cratekube-loadtest/values.schema.json', import.meta.url)
  return JSON.parse(readFileSync(fileURLToPath(path), 'utf8')) as Record<string, unknown> // the chart's own schema
}
