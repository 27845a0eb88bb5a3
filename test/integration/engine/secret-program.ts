// Programs that make nothing but a secret: for what is true of stacks whatever is in them. Loaded by a runner.
import * as pulumi from '@pulumi/pulumi'
import type { ProgramsModule } from '../../../operator/engine/operation.ts'

export const programs: ProgramsModule['programs'] = {
  cloud: () => Promise.resolve({ hidden: pulumi.secret('hunter2'), plain: 'seen' }),
  addons: () => Promise.resolve({}),
}
