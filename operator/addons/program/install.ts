// The face of an add-on in a runner: its program/index.ts exports `install`. For runners alone, which load Pulumi.
import type { ComponentResourceOptions } from '@pulumi/pulumi'
import type { z } from 'zod'
import type { CloudOutputs } from '../../api/tenant/stack.ts'
import type { TenantClusterSpec } from '../../api/tenant/tenant-cluster.ts'

/** Registers what the add-on is in a tenant cluster. The names of its resources stay: stacks of earlier releases have them. */
export type Install<Schema extends z.ZodType> = (
  tenant: {
    settings: NonNullable<z.output<Schema>>
    spec: TenantClusterSpec
    /** Outputs of the stack that the cluster is of. */
    cloud: CloudOutputs
  },
  opts: ComponentResourceOptions,
) => void
