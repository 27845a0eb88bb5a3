import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planSubnets, split } from '../../../../programs/aws/cidr.ts'

const range = (cidr: string) => {
  const [address = '', length = ''] = cidr.split('/')
  const start = address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
  return { start, end: start + 2 ** (32 - Number(length)) }
}

test('splits a range into equal ones', () => {
  expect(split('10.0.0.0/16', 1)).toEqual(['10.0.0.0/17', '10.0.128.0/17'])
  expect(split('192.168.128.0/20', 2)).toEqual([
    '192.168.128.0/22',
    '192.168.132.0/22',
    '192.168.136.0/22',
    '192.168.140.0/22',
  ])
})

test('plans subnets that lie in the range, do not overlap and are large enough for AWS', () => {
  const vpcs = fc.record({
    network: fc.nat(2 ** 12 - 1),
    length: fc.integer({ min: 16, max: 20 }),
    zones: fc.integer({ min: 2, max: 4 }),
  })
  fc.assert(
    fc.property(vpcs, ({ network, length, zones }) => {
      const base = 10 * 2 ** 24 + (network % 2 ** (length - 8)) * 2 ** (32 - length)
      const cidr = `${[24, 16, 8, 0].map((s) => Math.floor(base / 2 ** s) % 256).join('.')}/${length}`
      const plan = planSubnets(cidr, zones)
      const all = [...plan.private, ...plan.public].map(range).toSorted((a, b) => a.start - b.start)
      expect(all).toHaveLength(2 * zones)
      for (const [i, r] of all.entries()) {
        expect(r.start).toBeGreaterThanOrEqual(all[i - 1]?.end ?? range(cidr).start)
        expect(r.end - r.start).toBeGreaterThanOrEqual(64)
      }
      expect(all.at(-1)?.end).toBeLessThanOrEqual(range(cidr).end)
    }),
  )
})

test('does not move a zone’s range when there are more zones', () => {
  expect(planSubnets('10.0.0.0/16', 4).private.slice(0, 2)).toEqual(
    planSubnets('10.0.0.0/16', 2).private,
  )
})
