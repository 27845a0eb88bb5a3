// Values of a chart in a spec: free-form, so that the CRD sees neither their size nor their depth.
import { z } from 'zod'

/** Characters: managers and workers keep every TenantCluster in memory. */
export const valuesLimit = 65_536
export const valuesDepth = 16

/** The setting `values` of an add-on that a chart installs. */
export const chartValues = (chart: string) =>
  z
    .looseObject({})
    .default({})
    .describe(
      `Values of the chart ${chart}, by its values.schema.json; at most 65,536 characters and ${valuesDepth} levels.`,
    )
    .meta({ 'x-kubernetes-preserve-unknown-fields': true })
