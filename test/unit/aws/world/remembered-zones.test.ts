// Zones by the state, and what EC2 says of them now.
import { expect, test } from 'vitest'
import type { Aws } from '../../../../operator/aws/access/clients.ts'
import { asMade, zoneFault, zonesIn } from '../../../../operator/aws/world/remembered-zones.ts'
import type { RecordedResource } from '../../../../operator/aws/world/state-record.ts'
import { tenantInput } from '../../../support/tenant-input.ts'

const subnet = (availabilityZone: unknown, change: object = {}): RecordedResource => ({
  type: 'aws:ec2/subnet:Subnet',
  custom: true,
  outputs: { availabilityZone },
  ...change,
})
const zonesOf = (records: RecordedResource[]) =>
  asMade(tenantInput(), records).spec.provider.aws?.vpc.zones

test('a tenant has the zones of its subnets, whatever its spec leaves open', () => {
  const records = [subnet('z-c'), subnet('z-b'), subnet('z-b'), subnet('z-a', { delete: true })]
  expect(zonesIn(records)).toEqual(['z-b', 'z-c'])
  expect(zonesOf(records)).toEqual(['z-b', 'z-c'])
})

test.each([
  ['nothing is made yet', []],
  ['half of the network is made', [subnet('z-c')]],
  ['another number is asked for', [subnet('z-a'), subnet('z-b'), subnet('z-c')]],
  ['the records say nothing', [subnet(undefined), subnet(5), { type: 'aws:ec2/vpc:Vpc' }]],
])('zones are chosen as at first where %s', (_, records) => {
  expect(zonesOf(records)).toBeUndefined()
})

test.each([
  ['available', undefined],
  ['impaired', 'z-a is impaired: half of it burns'],
  ['constrained', 'z-a is constrained'],
  [undefined, 'z-a is not there'],
])('a zone that is %s', async (State, said) => {
  const Messages = State === 'impaired' ? [{ Message: 'half of it burns' }] : []
  const AvailabilityZones = State === undefined ? [] : [{ ZoneName: 'z-a', State, Messages }]
  const ec2 = { send: async () => ({ AvailabilityZones }) }
  const fault = await zoneFault(['z-a'], { ec2, region: 'r' } as never as Aws) // the one call
  expect(fault?.code).toBe(said && 'AWS.ZoneImpaired')
  if (said !== undefined) expect(fault?.message).toContain(said)
})
