// What caches leave out of TenantClusters, and that nobody who reads them misses it.
import { expect, test } from 'vitest'
import { registryFault } from '../../../../operator/api/tenant/image-registries.ts'
import { withoutChartValues } from '../../../../operator/api/tenant/trim.ts'
import { changed, minimalSpec, specOf } from '../../../support/tenant-cluster.ts'

const filled = (values: object) =>
  specOf(changed(minimalSpec, 'addons', { loadTesting: { values } }))

test('values of the chart go, however large', () => {
  const obj = { spec: filled({ a: { b: ['x'.repeat(1_000_000)] }, image: 'x'.repeat(100_000) }) }
  withoutChartValues(obj)
  expect(JSON.stringify(obj).length).toBeLessThan(5_000)
  expect(obj.spec).toEqual(filled({}))
})

test.each([
  { image: { repository: 'evil.example/x' } },
  { locustPods: { metricsExporter: { image: 'evil.example/x' } } },
])('what is said against images stays the same: %j', (values) => {
  const obj = { spec: filled({ ...values, other: 'x' }) }
  const before = registryFault(obj.spec, ['ghcr.io'])
  expect(before?.inputPath).toContain('spec.addons.loadTesting.values.')
  withoutChartValues(obj)
  expect(registryFault(obj.spec, ['ghcr.io'])).toEqual(before)
})

test('objects of other kinds, and those without a spec, stay as they are', () => {
  for (const obj of [
    {},
    { spec: undefined },
    { spec: { holderIdentity: 'a' } },
    { spec: { addons: {} } },
  ]) {
    const was = structuredClone(obj)
    withoutChartValues(obj)
    expect(obj).toEqual(was)
  }
})
