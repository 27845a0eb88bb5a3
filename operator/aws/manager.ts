// AWS in the manager: tokens, and what pools and clusters are called. Loads no SDK and calls nothing.
import { awsOf } from '../api/aws/aws-of.ts'
import { nodeGroupLabel, poolOfNodeGroup } from '../api/aws/names.ts'
import type { ManagerFace, ProviderSettings } from '../provider/contract.ts'
import { clusterAccess } from './access/tenant-access.ts'

export const awsManager = (settings: ProviderSettings): ManagerFace => ({
  ...clusterAccess(settings),
  poolLabel: nodeGroupLabel,
  poolOf: poolOfNodeGroup,
  clusterCalled: (name) => `EKS cluster ${name}`,
  title: 'AWS',
  placeOf: (spec) => awsOf(spec).region,
})
