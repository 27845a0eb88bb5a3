// AWS's default quotas that stop a fleet first; all can be raised, here by an option.
import { z } from 'zod'

const count = z.number().int().positive()

/** What an option may change. */
export const quotasSchema = z.strictObject({
  clustersPerRegion: count.default(100),
  vpcsPerRegion: count.default(5),
  addressesPerRegion: count.default(5),
  gatewaysPerRegion: count.default(5),
})

export type Quotas = z.infer<typeof quotasSchema>

export const awsDefaultQuotas: Quotas = quotasSchema.parse({})
