// How long EKS takes, in virtual milliseconds: medians of recorded runs against the real service in 2026.

const minute = 60_000

export const timing = {
  clusterCreate: 9.5 * minute,
  clusterDelete: 2.5 * minute,
  clusterUpdate: 1.5 * minute,
  clusterVersion: 12 * minute,
  nodeGroupCreate: 110_000,
  nodeGroupScale: 90_000,
  nodeGroupConfig: 15_000,
  nodeGroupVersionPerNode: 2 * minute,
  nodeGroupDelete: 4.5 * minute,
  addonCreate: 20_000,
  addonUpdate: 20_000,
  addonDelete: 10_000,
} as const
