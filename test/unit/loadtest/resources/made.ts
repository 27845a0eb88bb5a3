// What is made of a spec, for the tests in this folder.
import type { LocustTestSpec } from '../../../../operator/api/locust/locust-types.ts'
import { masterJob, workerJob } from '../../../../operator/loadtest/resources/index.ts'
import { defaults, subject } from '../../../support/loadtest/subjects.ts'

export const pod = (
  more: Partial<LocustTestSpec>,
  mode: 'master' | 'worker' = 'master',
  settings = defaults,
) => (mode === 'master' ? masterJob : workerJob)(subject(more), settings).spec.template

/** The container of Locust. */
export const container = (...args: Parameters<typeof pod>) => {
  const [first] = pod(...args).spec.containers
  if (!first) throw new Error('no container')
  return first
}

export const otel = { openTelemetry: { enabled: true, endpoint: 'http://otel:4317' } }
