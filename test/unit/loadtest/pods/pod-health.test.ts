import { expect, test } from 'vitest'
import { podHealth } from '../../../../operator/loadtest/pods/pod-health.ts'
import { master } from '../lifecycle/observations.ts'

const waiting = (reason: string) => master({ waiting: { reason, message: 'why' } })
const unschedulable = master(undefined, {
  conditions: [{ type: 'PodScheduled', status: 'False', message: 'no node' }],
})
test.each([
  ['all run', [master({}, { phase: 'Running' })], 'PodsHealthy', 'All pods are healthy'],
  [
    'one failed and was replaced',
    [master({}, { phase: 'Failed' }), master({}, { phase: 'Running' })],
    'PodsHealthy',
    'All pods are healthy',
  ],
  ['some start', [master({})], 'PodsStarting', 'Waiting for pods to start'],
  [
    'image',
    [waiting('ErrImagePull')],
    'ImagePullError',
    'ImagePullError: 1 pod(s) affected [m]: why',
  ],
  [
    'no node',
    [unschedulable],
    'SchedulingError',
    'SchedulingError: 1 pod(s) affected [m]: no node',
  ],
  [
    'configuration first',
    [unschedulable, waiting('CreateContainerConfigError')],
    'ConfigurationError',
    'ConfigurationError: 1 pod(s) affected [m]: why',
  ],
  [
    'evicted worker',
    [master(undefined, { phase: 'Failed', reason: 'Evicted', message: 'low on memory' })],
    'CrashLoopBackOff',
    'CrashLoopBackOff: 1 pod(s) affected [m]: low on memory',
  ],
])('%s', (_name, pods, reason, message) =>
  expect(podHealth(pods, { expected: 1 })).toEqual({ reason, message }),
)
