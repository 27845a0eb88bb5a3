// Zones of a region are not always in order. moto says that they are; the gaps of service `zone` tell of others, in the
// states of EC2's API (AvailabilityZone: available, information, impaired, unavailable, constrained).
import { DescribeAvailabilityZonesCommand, type Filter } from '@aws-sdk/client-ec2'
import type { Call } from '../call.ts'
import { escapeXml } from '../errors.ts'
import { listOf, xmlReply, type Answer, type GuardDeps } from './guard.ts'

export const describeAvailabilityZones =
  (d: GuardDeps): Answer =>
  async (call) => {
    const filters = filtersOf(call)
    const states = filters.find(({ Name }) => Name === 'state')?.Values
    const Filters = filters.filter(({ Name }) => Name !== 'state')
    const ZoneNames = listOf(call.form, 'ZoneName')
    const { AvailabilityZones = [] } = await d.moto.ec2(call.region).send(
      new DescribeAvailabilityZonesCommand({
        AllAvailabilityZones: call.form.get('AllAvailabilityZones') === 'true',
        ...(Filters.length > 0 && { Filters }),
        ...(ZoneNames.length > 0 && { ZoneNames }),
      }),
    )
    const zones = AvailabilityZones.map((zone) => {
      const out = d.gaps.lacks('zone', { name: zone.ZoneName, id: zone.ZoneId })
      return { ...zone, State: out ? 'impaired' : 'available' }
    }).filter(({ State }) => states === undefined || states.includes(State))
    const items = zones.map((zone) =>
      element('item', [
        element('zoneName', zone.ZoneName),
        element('zoneState', zone.State),
        element('regionName', zone.RegionName),
        element('zoneId', zone.ZoneId),
        element('zoneType', zone.ZoneType),
        element('groupName', zone.GroupName),
        element('networkBorderGroup', zone.NetworkBorderGroup),
        element('optInStatus', zone.OptInStatus),
        '<messageSet/>',
      ]),
    )
    return xmlReply(
      `<DescribeAvailabilityZonesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>${call.requestId}</requestId>` +
        `<availabilityZoneInfo>${items.join('')}</availabilityZoneInfo></DescribeAvailabilityZonesResponse>`,
    )
  }

function element(name: string, content: string | readonly string[] | undefined): string {
  if (content === undefined) return ''
  return `<${name}>${typeof content === 'string' ? escapeXml(content) : content.join('')}</${name}>`
}

function filtersOf({ form }: Call): Filter[] {
  return [...form].flatMap(([key, Name]) => {
    const [, n] = /^Filter\.(\d+)\.Name$/.exec(key) ?? []
    return n === undefined ? [] : [{ Name, Values: listOf(form, `Filter.${n}.Value`) }]
  })
}
