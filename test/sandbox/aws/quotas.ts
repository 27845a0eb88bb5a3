// AWS's default quotas that stop a fleet first; all can be raised, here by an option.

export type Quotas = {
  clustersPerRegion: number
  vpcsPerRegion: number
  addressesPerRegion: number
  gatewaysPerRegion: number
}

export const awsDefaultQuotas: Quotas = {
  clustersPerRegion: 100,
  vpcsPerRegion: 5,
  addressesPerRegion: 5,
  gatewaysPerRegion: 5,
}
