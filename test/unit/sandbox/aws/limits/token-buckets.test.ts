import { expect, test } from 'vitest'
import { virtualClock } from '../../../../sandbox/aws/clock.ts'
import { tokenBuckets } from '../../../../sandbox/aws/limits/token-buckets.ts'

const nat = { service: 'ec2', operation: 'CreateNatGateway', region: 'eu-west-1' }

test('admits as many NAT gateways as AWS does, and more when time has passed', () => {
  const clock = virtualClock(0)
  const buckets = tokenBuckets({ clock })
  const admitted = (n: number) =>
    Array.from({ length: n }, () => buckets.take(nat)).filter(Boolean).length
  expect(admitted(30)).toBe(10)
  expect(buckets.take({ ...nat, region: 'us-east-1' })).toBe(true)
  expect(buckets.take({ ...nat, operation: 'DeleteNatGateway' })).toBe(true)
  clock.advance(3_000)
  expect(admitted(30)).toBe(3)
  clock.stop()
})

test('shares one bucket among the calls that AWS calls resource-intensive', () => {
  const clock = virtualClock(0)
  const buckets = tokenBuckets({ clock })
  const take = (operation: string) => buckets.take({ ...nat, operation })
  for (let i = 0; i < 25; i++)
    expect([take('AuthorizeSecurityGroupIngress'), take('RevokeSecurityGroupEgress')]).toEqual([
      true,
      true,
    ])
  expect(take('AuthorizeSecurityGroupEgress')).toBe(false)
  clock.stop()
})
