import { expect, test } from 'vitest'
import { signatureKey, unknownValues } from '../../../../operator/api/schema/grammar.ts'
import { refuseMarkers } from '../../../../operator/api/tenant/markers.ts'
import { unknownValue } from '../../../../operator/engine/embedded/values/values.ts'
import { signatureKey as engineKey } from '../../../../operator/api/schema/grammar.ts'

test('knows the marks of the engine', () => {
  expect(signatureKey).toBe(engineKey)
  expect(unknownValues).toContain(unknownValue)
})

test('names where the mark is, however deep', () => {
  const spec = {
    addons: { values: { list: [{ a: 1 }, { [signatureKey]: 'x', path: '/etc/passwd' }] } },
  }
  expect(() => refuseMarkers(spec, 'spec')).toThrow('spec.addons.values.list[1]: expected no key')
})

test.each(unknownValues)('refuses %s as a value', (value) => {
  expect(() => refuseMarkers({ tags: { team: value } }, 'spec')).toThrow('spec.tags.team: expected')
})

test('refuses keys that break the SDK', () => {
  expect(() => refuseMarkers({ labels: { toString: 'x' } }, 'spec')).toThrow(
    'spec.labels: expected',
  )
})

test('lets plain data pass', () => {
  const plain = { a: [1, 'x', null, true, { b: unknownValues.join() }], c: undefined }
  expect(() => refuseMarkers(plain, 'spec')).not.toThrow()
})
