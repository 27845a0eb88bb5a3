import { expect, test } from 'vitest'
import { routeId } from '../../../../operator/aws/world/lookup.ts'

// Ids in states written by the real provider.
test('makes the id of a route as Terraform does', () => {
  expect(routeId('rtb-0123', '0.0.0.0/0')).toBe('r-rtb-01231080289494')
  expect(routeId('rtb-0123', '10.0.0.0/8')).toMatch(/^r-rtb-0123\d+$/)
})
