// The parallelism of the worker Job.
import { expect, test } from 'vitest'
import type { Job } from '../../../../operator/loadtest/pods/objects.ts'
import { refilled, rescaled } from '../../../../operator/loadtest/lifecycle/worker-count.ts'
import { holds, job } from './observations.ts'

const indexed = (parallelism: number, succeeded: number, conditions: object[] = []): Job =>
  ({
    ...job({ spec: { parallelism, completionMode: 'Indexed' } }),
    status: { succeeded, conditions },
  }) as unknown as Job // what is read of a Job

test.each<[string, Job, number, { rescaled?: number; refilled?: number }]>([
  ['as many as it should run', indexed(3, 0), 3, {}],
  ['scaled up', indexed(3, 0), 5, { rescaled: 5, refilled: 5 }],
  ['scaled down', indexed(3, 0), 2, { rescaled: 2, refilled: 2 }],
  [
    'one has exited well: only the master knows whether it is missed',
    indexed(3, 1),
    3,
    { refilled: 4 },
  ],
  ['one was replaced', indexed(4, 1), 3, {}],
  ['scaled after one was replaced', indexed(4, 1), 5, { rescaled: 6, refilled: 6 }],
  [
    'the index of the lost one went with a scaling down',
    indexed(3, 0),
    2,
    { rescaled: 2, refilled: 2 },
  ],
  ['over', indexed(3, 3, holds('Complete')), 5, {}],
  ['without indexes an exit ends the Job', job({ spec: { parallelism: 3 } }), 3, {}],
])('%s', (_name, given, replicas, wanted) => {
  expect(rescaled(given, replicas)).toBe(wanted.rescaled)
  expect(refilled(given, replicas)).toBe(wanted.refilled)
})
