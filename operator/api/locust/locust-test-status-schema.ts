// The structural schema of the status of LocustTest v2.
import { flag, integer, list, noted, object, text } from '../schema/builders.ts'

const figures = {
  requests: { type: 'integer', format: 'int64' },
  failures: { type: 'integer', format: 'int64' },
  requestsPerSecond: { type: 'string' },
  failureRatio: { type: 'string' },
  ...Object.fromEntries(
    ['averageMs', 'medianMs', 'p95Ms', 'p99Ms'].map((name) => [
      name,
      { type: 'integer', format: 'int64' },
    ]),
  ),
}
const time = (description: string) => text(description, { format: 'date-time' })

export const conditionsSchema = list(
  'Conditions.',
  noted(
    object(
      'A condition.',
      {
        type: { type: 'string', maxLength: 316 },
        status: { type: 'string', enum: ['True', 'False', 'Unknown'] },
        reason: { type: 'string', minLength: 1, maxLength: 1024 },
        message: { type: 'string', maxLength: 32768 },
        lastTransitionTime: { type: 'string', format: 'date-time' },
        observedGeneration: { type: 'integer', format: 'int64', minimum: 0 },
      },
      { required: ['type', 'status', 'reason', 'message', 'lastTransitionTime'] },
    ),
    { type: 'LocustCondition' },
  ),
  { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] },
)

const status = object('How it goes; written by the operator.', {
  phase: text('Phase of the test.', { enum: ['Pending', 'Running', 'Succeeded', 'Failed'] }),
  observedGeneration: integer('Generation that the status is about.', { format: 'int64' }),
  expectedWorkers: integer('Workers that the spec asks for.'),
  connectedWorkers: integer('Workers that the Locust master counts as connected.'),
  wantedSince: time(
    'Since when the test may start: its creation, its rerun, or the end of its suspension.',
  ),
  startTime: time('When the Locust master began.'),
  completionTime: time('When the Locust master ended.'),
  verdict: text('Whether the test passed.', { enum: ['Passed', 'Failed'] }),
  runSpec: text('Digest of the spec that the run was started from.'),
  rerun: text('Value of the annotation locust.io/rerun that the run was begun for.'),
  workerSelector: text('Selector of the worker pods.'),
  results: noted(
    object('Figures of the test, from the Locust master itself.', {
      ...figures,
      state: text('State of Locust.'),
      users: { type: 'integer', format: 'int64' },
      observedAt: time('When the figures were read.'),
      final: flag('Whether the test is over.'),
      worst: list(
        'Requests with most failures, then the slowest.',
        noted(
          object('A request.', {
            ...figures,
            name: { type: 'string' },
            method: { type: 'string' },
          }),
          { type: 'RequestFigures', always: { except: ['method'] } },
        ),
      ),
    }),
    { type: 'Results', always: { except: ['final', 'worst'] } },
  ),
  report: noted(
    object('The report of the test.', {
      location: text('Where it is; empty when it could not be stored.'),
    }),
    { always: ['location'] },
  ),
  conditions: conditionsSchema,
})

export const locustTestStatusSchema = noted(status, { type: 'LocustTestStatus' })
