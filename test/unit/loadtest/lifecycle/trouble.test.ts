// What is missing is named by its field, and what events say counts only while it holds.
import { describe, expect, test } from 'vitest'
import type { LocustTestSpec } from '../../../../operator/api/locust/locust-types.ts'
import type { Job } from '../../../../operator/loadtest/pods/objects.ts'
import type { Pod } from '../../../../operator/loadtest/pods/objects.ts'
import { references } from '../../../../operator/loadtest/spec/references.ts'
import {
  jobTrouble,
  podTrouble,
  withFields,
  type TroubleEvent,
  type TroubleEvents,
} from '../../../../operator/loadtest/lifecycle/trouble.ts'
import { spec } from '../../../support/loadtest/subjects.ts'

const everything: Partial<LocustTestSpec> = {
  testFiles: { configMapRef: 'src', libConfigMapRef: 'lib' },
  env: {
    configMapRefs: [{ name: 'a' }, { name: 'b', optional: true }],
    secretRefs: [{ name: 'c' }],
    secretMounts: [{ name: 'd', mountPath: '/d' }],
    variables: [
      { name: 'PLAIN', value: 'x' },
      { name: 'E', valueFrom: { configMapKeyRef: { name: 'e', key: 'k', optional: true } } },
      { name: 'F', valueFrom: { secretKeyRef: { name: 'f', key: 'k' } } },
    ],
  },
  volumes: [
    { name: 'v', configMap: { name: 'g' } },
    { name: 'w', secret: { secretName: 'h', optional: true } },
    {
      name: 'x',
      projected: { sources: [{ configMap: { name: 'i' } }, { secret: { name: 'j' } }] },
    },
    { name: 'nobody-mounts-it', configMap: { name: 'k' } },
  ],
  volumeMounts: ['v', 'w', 'x'].map((name) => ({ name, mountPath: `/${name}` })),
  report: { uploadTo: { bucket: 'bucket', secretRef: 'l' } },
}

test('every ConfigMap and Secret that a spec names is known by its field', () => {
  const found = references(spec(everything)).map(
    ({ field, kind, name, optional }) => `${field} ${kind} ${name}${optional ? '?' : ''}`,
  )
  expect(found).toEqual([
    'spec.testFiles.configMapRef ConfigMap src',
    'spec.testFiles.libConfigMapRef ConfigMap lib',
    'spec.env.configMapRefs[0].name ConfigMap a',
    'spec.env.configMapRefs[1].name ConfigMap b?',
    'spec.env.secretRefs[0].name Secret c',
    'spec.env.secretMounts[0].name Secret d',
    'spec.env.variables[1].valueFrom.configMapKeyRef.name ConfigMap e?',
    'spec.env.variables[2].valueFrom.secretKeyRef.name Secret f',
    'spec.volumes[0].configMap.name ConfigMap g',
    'spec.volumes[1].secret.secretName Secret h?',
    'spec.volumes[2].projected.sources[0].configMap.name ConfigMap i',
    'spec.volumes[2].projected.sources[1].secret.name Secret j',
    'spec.report.uploadTo.secretRef Secret l',
  ])
})

test.each([
  [
    'MountVolume.SetUp failed for volume "secret-d" : secret "d" not found',
    'spec.env.secretMounts[0].name: MountVolume.SetUp failed for volume "secret-d" : secret "d" not found',
  ],
  ['secret "c" not found', 'spec.env.secretRefs[0].name: secret "c" not found'],
  ['configmap "c" not found', 'configmap "c" not found'],
  ['exceeded quota: none', 'exceeded quota: none'],
])('%s is said with its field', (message, said) =>
  expect(withFields(message, spec(everything))).toBe(said),
)

const eventsOf = (...events: Partial<TroubleEvent>[]): TroubleEvents => [
  { by: () => events } as unknown as TroubleEvents[number], // the index is the framework's
]
const refusal = { reason: 'FailedCreate', note: 'exceeded quota', deprecatedLastTimestamp: at(5) }

function at(second: number): string {
  return `2026-01-01T00:00:0${second}Z`
}
const pod = (second: number, phase = 'Pending') =>
  ({ metadata: { uid: 'p', creationTimestamp: at(second) }, status: { phase } }) as Pod
const job = { metadata: { uid: 'j' }, spec: { parallelism: 2 } } as Job

describe('a Job that was refused pods', () => {
  test.each<[string, Pod[], string | undefined]>([
    ['has made none', [], 'exceeded quota'],
    ['has made one in the same second', [pod(5)], 'exceeded quota'],
    ['has made one since', [pod(6)], undefined],
    ['has made them all', [pod(4), pod(4)], undefined],
  ])('%s', (_, pods, message) => expect(jobTrouble(job, pods, eventsOf(refusal))).toBe(message))
})

describe('a pod', () => {
  const mount = { reason: 'FailedMount', note: 'secret "d" not found', eventTime: at(1) }
  test('that waits is in the trouble that was told last', () => {
    const older = { ...mount, note: 'older', eventTime: at(0) }
    expect(podTrouble(pod(0), eventsOf(older, mount))).toBe(mount.note)
  })
  test('that runs is in none', () =>
    expect(podTrouble(pod(0, 'Running'), eventsOf(mount))).toBe(undefined))
  test('whose kubelet has yet to hear of an object is in none', () => {
    const note = 'failed to sync secret cache: timed out waiting for the condition'
    expect(podTrouble(pod(0), eventsOf({ ...mount, note }))).toBe(undefined)
  })
  test('is in none by events of other kinds', () =>
    expect(podTrouble(pod(0), eventsOf({ ...mount, reason: 'DNSConfigForming' }))).toBe(undefined))
})
