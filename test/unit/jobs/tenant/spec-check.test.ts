import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loadTestChartVersion } from '../../../../operator/addons/load-testing/objects.ts'
import { signatureKey } from '../../../../operator/api/schema/grammar.ts'
import { keywords } from '../../../../operator/api/schema/json-schema.ts'
import { specFault } from '../../../../operator/jobs/tenant/spec-check.ts'
import { minimalSpec, specOf } from '../../../support/tenant-cluster.ts'

const faultOf = (values: object, enabled = true) =>
  specFault(specOf({ ...minimalSpec, addons: { loadTesting: { values, enabled } } }), {
    imageRegistries: ['ghcr.io'],
  })
const nested = (depth: number): object => (depth === 0 ? {} : { a: nested(depth - 1) })
const values = 'spec.addons.loadTesting.values'

test.each([
  ['no values', {}],
  ['values of the chart', { replicaCount: 2, image: { tag: 'x' }, limits: { workers: '5' } }],
  ['free-form members', { affinity: { any: [nested(9)] }, resources: { limits: { cpu: 1 } } }],
  ['null, which takes a default away', { image: null, replicaCount: null }],
])('takes %s', (_, given) => expect(faultOf(given)).toBeUndefined())

test.each([
  ['a number for an object', { image: 5 }, 'image: expected an object, got 5'],
  ['an unknown key', { replicas: 2 }, 'replicas: expected one of global, replicaCount'],
  ['an unknown key inside', { limits: { pods: 2 } }, 'limits.pods: expected one of workers'],
  ['too few', { replicaCount: 0 }, 'replicaCount: expected at least 1, got 0'],
  ['a broken number', { replicaCount: 1.5 }, 'replicaCount: expected an integer, got 1.5'],
  ['another word', { masterAccess: 'ingress' }, 'masterAccess: expected one of direct, proxy'],
  ['another form', { limits: { images: ['a b'] } }, 'limits.images[0]: expected what matches'],
  ['neither of two', { limits: { users: 'many' } }, 'limits.users: expected integer or string'],
  ['a key that is missing', { extraEnv: [{ value: 'x' }] }, 'extraEnv[0]: expected a member name'],
  [
    'what is needed only then',
    { webhook: { certManager: { issuerRef: { kind: 'Issuer' } } } },
    'webhook.certManager.issuerRef: expected a member name',
  ],
  ['the key of a prototype', { constructor: {} }, 'constructor: expected one of'],
  ['too deep a nest', { affinity: nested(16) }, ' expected at most 16 levels'],
  ['too much text', { affinity: { a: 'x'.repeat(65_536) } }, ' expected at most 65536 characters'],
  ['a mark of Pulumi’s', { affinity: { [signatureKey]: 'x' } }, 'affinity: expected no key'],
])('refuses %s by its field', (_, given, words) => {
  const fault = faultOf(given)
  expect(fault).toMatchObject({ code: 'InvalidSpec', retryable: false })
  expect(fault?.message.replace(`${values}.`, '').replace(`${values}:`, '')).toMatch(
    words.startsWith(' ') ? words : new RegExp(`^${words.replaceAll(/[.[\]]/g, '\\$&')}`),
  )
})

test('refuses a chart version that CrateKube does not carry', () => {
  const versioned = (loadTesting: object) =>
    specFault(specOf({ ...minimalSpec, addons: { loadTesting } }), { imageRegistries: [] })
  expect(versioned({ version: '9.9.9' })).toMatchObject({
    code: 'InvalidSpec',
    inputPath: 'spec.addons.loadTesting.version',
    value: '9.9.9',
  })
  expect(versioned({ version: '9.9.9', enabled: false })).toBeUndefined()
  expect(versioned({ version: loadTestChartVersion })).toBeUndefined()
})

test('looks at no values of an operator that is off', () => {
  expect(faultOf({ image: 5 }, false)).toBeUndefined()
})

test('understands every keyword of the chart’s schema', () => {
  const path = new URL('../../../../charts/cratekube-loadtest/values.schema.json', import.meta.url)
  const used = new Set<string>()
  const walk = (schema: unknown) => {
    if (typeof schema !== 'object' || schema === null) return
    for (const [key, inner] of Object.entries(schema)) {
      used.add(key)
      if (key === 'properties' || key === 'definitions')
        Object.values(inner as object).forEach(walk)
      else if (Array.isArray(inner)) inner.forEach(walk)
      else walk(inner)
    }
  }
  walk(JSON.parse(readFileSync(path, 'utf8')))
  expect([...used].filter((key) => !keywords.includes(key))).toEqual([])
})
