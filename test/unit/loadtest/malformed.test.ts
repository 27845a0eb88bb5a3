// Whatever an object holds, however it slipped past the schema: never a crash, and a message that names a field.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AdmissionReview, Cache, Manifest } from '../../../operator/framework/index.ts'
import { admission } from '../../../operator/loadtest/admission/admission.ts'
import { convertObject } from '../../../operator/loadtest/spec/convert-object.ts'
import { masterJob, workerJob } from '../../../operator/loadtest/resources/index.ts'
import { specHash, subjectOf, type LocustTest } from '../../../operator/loadtest/spec/subject.ts'
import { problems } from '../../../operator/loadtest/spec/validation.ts'
import { defaults, spec } from '../../support/loadtest/subjects.ts'

const none = { by: () => [] } as unknown as Cache<LocustTest> // as many as a new namespace has
const admit = admission({ settings: defaults, tests: none })

const whole = JSON.stringify({
  ...spec(),
  env: {
    secretMounts: [{ name: 's', mountPath: '/s' }],
    configMapRefs: [{ name: 'c' }],
    variables: [{ name: 'A', value: 'b' }],
  },
  volumes: [{ name: 'v', emptyDir: {} }],
  volumeMounts: [{ name: 'v', mountPath: '/v' }],
  testFiles: { configMapRef: 'files' },
  scheduling: { tolerations: [{ key: 'a' }], affinity: { nodeAffinity: {} } },
  observability: { openTelemetry: { enabled: true, endpoint: 'x' } },
  thresholds: { p95Ms: 1, requests: [{ name: 'a' }] },
  report: { configMap: {} },
  masterCommandSeed: undefined,
})

/** A valid spec with one part replaced by anything. */
const damaged = fc.tuple(fc.nat(60), fc.jsonValue({ maxDepth: 2 })).map(([at, value]) => {
  let left = at
  const spoil = (node: unknown): unknown => {
    left -= 1
    if (left === -1) return value
    if (Array.isArray(node)) return node.map(spoil)
    if (typeof node !== 'object' || node === null) return node
    return Object.fromEntries(Object.entries(node).map(([field, inner]) => [field, spoil(inner)]))
  }
  return spoil(JSON.parse(whole))
})
const objects = fc.oneof(damaged, fc.jsonValue({ maxDepth: 3 }), fc.constant(undefined))

const testOf = (spec: unknown): LocustTest =>
  ({
    apiVersion: 'locust.io/v2',
    kind: 'LocustTest',
    metadata: { name: 'x', namespace: 'y', uid: 'u', resourceVersion: '1' },
    spec,
  }) as LocustTest

test('a malformed spec is answered with the field, or makes Jobs', () => {
  fc.assert(
    fc.property(objects, (spec) => {
      const subject = subjectOf(testOf(spec))
      const found = problems(subject)
      if (found.length > 0) return found.every((text) => /^(spec|metadata)\b/.test(text))
      masterJob(subject, defaults)
      workerJob(subject, defaults)
      return specHash(subject.spec).length === 16
    }),
    { seed: 4, numRuns: 3000 },
  )
})

test('admission never throws', () => {
  fc.assert(
    fc.property(objects, (spec) => {
      const review = { operation: 'CREATE', object: testOf(spec), dryRun: false, userInfo: {} }
      const verdict = admit(review as AdmissionReview)
      return verdict === undefined || verdict.allowed || (verdict.message ?? '') !== ''
    }),
    { seed: 5, numRuns: 2000 },
  )
})

test('conversion never throws, and back again is an object of the version that was asked for', () => {
  fc.assert(
    fc.property(objects, (spec) => {
      const v1 = convertObject(testOf(spec) as Manifest, 'locust.io/v1')
      return convertObject(v1, 'locust.io/v2').apiVersion === 'locust.io/v2'
    }),
    { seed: 6, numRuns: 3000 },
  )
  expect(() => convertObject(testOf({}) as Manifest, 'locust.io/v3')).toThrow(
    'apiVersion: expected',
  )
})
