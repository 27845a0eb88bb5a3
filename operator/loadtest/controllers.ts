// The controllers of the load-test operator, one for each kind that its chart carries.
import type { KindOf } from '../api/kinds.ts'
import type { Operator } from '../framework/index.ts'
import { loadTestController } from './index.ts'
import type { LoadTestOptions } from './lifecycle/known.ts'
import { scheduleController } from './schedule/index.ts'

type StartTests = (operator: Operator, options: LoadTestOptions) => void

const controllers: Readonly<Record<KindOf<'cratekube-loadtest'>, StartTests>> = {
  locustschedules: scheduleController,
  locusttests: loadTestController,
}

export function startLoadTests(operator: Operator, options: LoadTestOptions): void {
  for (const start of Object.values(controllers)) start(operator, options)
}
