// Where the control plane's logs go. Made before the cluster: EKS makes one of its own otherwise, which never
// expires and outlives the cluster.
import { LogGroup } from '@pulumi/aws/cloudwatch/logGroup.js'
import type { CustomResourceOptions } from '@pulumi/pulumi'
import { controlPlaneLogGroup } from '../../operator/api/aws/names.ts'
import type { Identity } from './identity.ts'

const retentionInDays = 90

export const controlPlaneLogs = (identity: Identity, opts: CustomResourceOptions): LogGroup =>
  new LogGroup(
    'control-plane-logs',
    {
      name: controlPlaneLogGroup(identity.prefix),
      retentionInDays,
      tags: identity.tags('control-plane-logs'),
    },
    opts,
  )
