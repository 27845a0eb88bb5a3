// v1 ⇄ v2: nothing may be lost on any way round.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LocustTestSpec } from '../../../../operator/api/locust/locust-types.ts'
import type { LocustTestV1Spec } from '../../../../operator/api/locust/locust-types.ts'
import { keptAnnotation, toV1, toV2 } from '../../../../operator/loadtest/spec/conversion.ts'
import { convertObject } from '../../../../operator/loadtest/spec/convert-object.ts'

const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,8}$/)
const labels = fc.dictionary(word, word, { minKeys: 1, maxKeys: 3, noNullPrototype: true })
const some = <T>(shape: Record<string, fc.Arbitrary<T>>) => fc.record(shape, { requiredKeys: [] })
const replicas = fc.integer({ min: 1, max: 500 })
const pullPolicy = fc.constantFrom('Always' as const, 'IfNotPresent' as const, 'Never' as const)

const v1Spec: fc.Arbitrary<LocustTestV1Spec> = fc.record(
  {
    image: word,
    masterCommandSeed: word,
    workerCommandSeed: word,
    workerReplicas: replicas,
    imagePullPolicy: pullPolicy,
    imagePullSecrets: fc.array(word, { minLength: 1, maxLength: 2 }),
    configMap: word,
    libConfigMap: word,
    labels: fc.record({ master: labels, worker: labels }),
    annotations: fc.record({ worker: labels }),
    affinity: fc.record({
      nodeAffinity: fc.record({ requiredDuringSchedulingIgnoredDuringExecution: labels }),
    }),
    tolerations: fc.array(
      fc.record({
        key: word,
        operator: fc.constantFrom('Exists' as const, 'Equal' as const),
        effect: fc.constantFrom('NoSchedule' as const, 'NoExecute' as const),
      }),
      { minLength: 1, maxLength: 2 },
    ),
  },
  { requiredKeys: ['image', 'masterCommandSeed', 'workerCommandSeed', 'workerReplicas'] },
)

const expression = fc.record({
  key: word,
  operator: fc.constantFrom('In', 'NotIn', 'Exists'),
  values: fc.array(word, { minLength: 1, maxLength: 2 }),
})
const affinity = fc.record({
  nodeAffinity: fc.record({
    requiredDuringSchedulingIgnoredDuringExecution: fc.record({
      nodeSelectorTerms: fc.array(
        fc.record({ matchExpressions: fc.array(expression, { minLength: 1, maxLength: 2 }) }),
        { minLength: 1, maxLength: 2 },
      ),
    }),
  }),
  podAntiAffinity: fc.constant({ preferred: [] }),
})
const role = { labels, annotations: labels, extraArgs: fc.array(word) }
const v2Spec = fc.record(
  {
    image: word,
    imagePullPolicy: pullPolicy,
    imagePullSecrets: fc.array(fc.record({ name: word }), { minLength: 1, maxLength: 2 }),
    master: fc.record(
      {
        command: word,
        ...role,
        autostart: fc.boolean(),
        autoquit: fc.record({ enabled: fc.boolean(), timeout: fc.nat(99) }),
      },
      { requiredKeys: ['command'] },
    ),
    worker: fc.record(
      { command: word, replicas, ...role },
      { requiredKeys: ['command', 'replicas'] },
    ),
    testFiles: some({ configMapRef: word, libConfigMapRef: word, srcMountPath: word }),
    scheduling: some<unknown>({
      affinity,
      tolerations: fc.array(
        some<unknown>({ key: word, operator: fc.constant('Exists'), tolerationSeconds: fc.nat(9) }),
        { minLength: 1, maxLength: 2 },
      ),
      nodeSelector: labels,
    }),
    env: fc.record({ variables: fc.array(fc.record({ name: word, value: word })) }),
    volumes: fc.array(fc.record({ name: word })),
    thresholds: fc.record({ failureRatio: fc.constant('0.01') }),
    suspend: fc.boolean(),
  },
  { requiredKeys: ['image', 'master', 'worker'] },
) as fc.Arbitrary<LocustTestSpec> // as generated

const object = (spec: LocustTestSpec) => ({
  apiVersion: 'locust.io/v2',
  kind: 'LocustTest',
  metadata: { name: 'a', annotations: { own: 'x' } },
  spec,
  status: { phase: 'Succeeded', results: { requests: 5 } },
})

describe('round trips', () => {
  test('v1 → v2 → v1 is the same', () => {
    fc.assert(
      fc.property(v1Spec, (spec) => {
        expect(toV1(toV2(spec))).toEqual(spec)
      }),
    )
  })

  test('v2 → v1 → v2 keeps every field, the status and the annotations', () => {
    fc.assert(
      fc.property(v2Spec, (spec) => {
        const there = convertObject(object(spec), 'locust.io/v1')
        expect(convertObject(there, 'locust.io/v2')).toEqual(object(spec))
      }),
    )
  })

  test('an edit through v1 wins and nothing else changes', () => {
    fc.assert(
      fc.property(v2Spec, word, replicas, (spec, image, workers) => {
        const there = convertObject(object(spec), 'locust.io/v1')
        const edited = {
          ...there,
          spec: { ...(there['spec'] as LocustTestV1Spec), image, workerReplicas: workers },
        }
        expect(convertObject(edited, 'locust.io/v2')).toEqual(
          object({ ...spec, image, worker: { ...spec.worker, replicas: workers } }),
        )
      }),
    )
  })
})

test('v1 gets the autostart and autoquit that it always had', () => {
  const { master, worker, scheduling } = toV2({
    image: 'i',
    masterCommandSeed: 'm',
    workerCommandSeed: 'w',
    affinity: {
      nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { b: '2', a: '1' } },
    },
  })
  expect(master).toEqual({
    command: 'm',
    autostart: true,
    autoquit: { enabled: true, timeout: 60 },
  })
  expect(worker).toEqual({ command: 'w', replicas: 1 })
  expect(scheduling?.affinity).toEqual({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          {
            matchExpressions: [
              { key: 'a', operator: 'In', values: ['1'] },
              { key: 'b', operator: 'In', values: ['2'] },
            ],
          },
        ],
      },
    },
  })
})

test('removing a field through v1 removes it from v2', () => {
  const spec = { image: 'i', master: { command: 'm' }, worker: { command: 'w', replicas: 2 } }
  const there = convertObject(
    object({ ...spec, testFiles: { configMapRef: 'files', srcMountPath: '/s' } }),
    'locust.io/v1',
  )
  const { configMap: _gone, ...rest } = there['spec'] as LocustTestV1Spec
  expect(convertObject({ ...there, spec: rest }, 'locust.io/v2')['spec']).toEqual({
    ...spec,
    testFiles: { srcMountPath: '/s' },
  })
})

test.each(['', 'null', '{"master":1}', '['])(
  'an annotation that is no spec (%s) is ignored',
  (text) => {
    const v1 = {
      apiVersion: 'locust.io/v1',
      metadata: { name: 'a', annotations: { [keptAnnotation]: text } },
      spec: { image: 'i', masterCommandSeed: 'm', workerCommandSeed: 'w', workerReplicas: 2 },
    }
    expect(convertObject(v1, 'locust.io/v2')).toMatchObject({ spec: { master: { command: 'm' } } })
  },
)

test('an unknown version is refused by name', () => {
  expect(() => convertObject(object({} as LocustTestSpec), 'locust.io/v9')).toThrow(
    'apiVersion: expected locust.io/v1 or locust.io/v2, got locust.io/v9',
  )
})
