// The face of an add-on in a runner: what its program/index.ts exports. For runners alone, which load Pulumi.
import type { ComponentResourceOptions } from '@pulumi/pulumi'
import type { z } from 'zod'
import type { FaultRule } from '../../api/faults/fault-rule.ts'
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

export type AddonProgram<Schema extends z.ZodType> = {
  install: Install<Schema>
  /** Errors of its resources that the user can do something about, by their text. */
  faults?: readonly FaultRule[]
}
