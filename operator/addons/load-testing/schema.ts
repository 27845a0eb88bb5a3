// spec.addons.loadTesting of a TenantCluster.
import { z } from 'zod'
import { chartValues } from '../chart-values.ts'

export const loadTestingSchema = z.object({
  enabled: z
    .boolean()
    .default(true)
    .describe('Whether the load-test operator is installed. Defaults to true.'),
  version: z
    .string()
    .max(32)
    .regex(/^[0-9]+\.[0-9]+\.[0-9]+$/)
    .optional()
    .describe('Version of the chart cratekube-loadtest. Defaults to the one this CrateKube ships.'),
  values: chartValues('cratekube-loadtest'),
})
