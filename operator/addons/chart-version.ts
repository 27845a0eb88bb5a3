// The version of a chart that a spec may ask for: the one that is carried, and no other. Pure.
import type { AddonChart } from './contract.ts'

/** What is wrong with the setting `version` of the add-on at `field`. */
export function chartVersionProblem(
  got: unknown,
  { field, chart }: { field: string; chart: AddonChart },
): { field: string; expected: string; got: unknown } | undefined {
  if (got === undefined || got === chart.version) return undefined
  const expected = `${chart.version}, the version that this CrateKube ships`
  return { field: `${field}.version`, expected, got }
}
