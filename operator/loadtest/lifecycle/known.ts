// What a reconcile knows of a test, and what its steps act by. They cannot write the status: that is computed from what
// they answer (status.ts).
import type { Registry } from 'prom-client'
import type { LocustTestStatus } from '../../api/locust/locust-types.ts'
import type { Kube } from '../../framework/index.ts'
import type { Ceilings } from '../admission/ceilings.ts'
import type { Limits } from '../admission/limits.ts'
import type { OwnAccount } from '../admission/own-account.ts'
import type { MasterAccess } from '../results/master.ts'
import type { LoadTestSettings } from '../settings.ts'
import type { Subject } from '../spec/subject.ts'
import type { Observed } from './observe.ts'
import type { TroubleEvents } from './trouble.ts'

export type Known = {
  subject: Subject
  status: LocustTestStatus
  observed: Observed
  ceilings?: Ceilings
  /** Value of the annotation that asks for another run. */
  rerun?: string | undefined
  /** Since when the test may start. */
  wantedSince: string
  generation?: number | undefined
  createdAt?: string | undefined
  now: Date
}

export type Tools = {
  kube: Kube
  signal: AbortSignal
  events: TroubleEvents
  settings: LoadTestSettings
  access: MasterAccess
  now(): Date
}

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
