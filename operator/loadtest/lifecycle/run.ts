// What the steps of a reconcile are given.
import type { Registry } from 'prom-client'
import type { Limits } from '../admission/limits.ts'
import type { Subject } from '../pods/names.ts'
import type { Observed } from './observe.ts'
import type { OwnAccount } from '../admission/own-account.ts'
import type { TestContext } from './status.ts'
import type { TroubleEvents } from './trouble.ts'
import type { MasterAccess } from '../results/master.ts'
import type { LoadTestSettings } from '../settings.ts'

export type LoadTestOptions = {
  settings: LoadTestSettings
  /** Only this namespace, or the whole cluster. */
  namespace?: string | undefined
  access: MasterAccess
  /** None: whatever a test asks for is allowed. */
  limits?: Limits | undefined
  /** Whose rights no test may get; none of an operator that runs outside of the cluster. */
  own?: OwnAccount | undefined
  /** Where the metrics of the tests go. */
  metrics?: Registry
}

export type Run = {
  c: TestContext
  subject: Subject
  observed: Observed
  events: TroubleEvents
  /** Since when the test may start. */
  wantedSince: string
  options: LoadTestOptions
}

/** metav1.Time has no fractions. */
export const seconds = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z')
