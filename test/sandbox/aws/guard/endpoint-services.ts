// Interface endpoints stand in the zones that have their service, with one subnet in each; moto takes any. AWS's words:
// github.com/terraform-aws-modules/terraform-aws-vpc, issues 785 (the zone) and 451 (two subnets of one zone).
import {
  DescribeSubnetsCommand,
  DescribeVpcEndpointServicesCommand,
  DescribeVpcEndpointsCommand,
  type ServiceDetail,
} from '@aws-sdk/client-ec2'
import type { Call } from '../call.ts'
import { AwsError, escapeXml } from '../errors.ts'
import { listOf, xmlReply, type Answer, type Check, type GuardDeps } from './guard.ts'

export const endpointChecks: Record<string, Check> = {
  async CreateVpcEndpoint(d, call) {
    if (call.form.get('VpcEndpointType') !== 'Interface') return
    const service = call.form.get('ServiceName') ?? ''
    if (!(await servicesOf(d, call)).some(({ ServiceName }) => ServiceName === service))
      throw noService(service)
    await checkSubnets(d, call, { service, added: listOf(call.form, 'SubnetId'), kept: [] })
  },

  async ModifyVpcEndpoint(d, call) {
    const ids = [call.form.get('VpcEndpointId') ?? '']
    const { VpcEndpoints = [] } = await d.moto
      .ec2(call.region)
      .send(new DescribeVpcEndpointsCommand({ VpcEndpointIds: ids }))
    const [endpoint] = VpcEndpoints
    if (endpoint?.VpcEndpointType !== 'Interface') return
    const removed = listOf(call.form, 'RemoveSubnetId')
    const kept = (endpoint.SubnetIds ?? []).filter((id) => !removed.includes(id))
    const added = listOf(call.form, 'AddSubnetId')
    await checkSubnets(d, call, { service: endpoint.ServiceName ?? '', added, kept })
  },
}

const noService = (service: string) =>
  new AwsError('InvalidServiceName', `The Vpc Endpoint Service '${service}' does not exist`)

async function checkSubnets(
  d: GuardDeps,
  call: Call,
  o: { service: string; added: string[]; kept: string[] },
): Promise<void> {
  const SubnetIds = [...o.kept, ...o.added]
  if (o.added.length === 0) return
  const { Subnets = [] } = await d.moto
    .ec2(call.region)
    .send(new DescribeSubnetsCommand({ SubnetIds }))
  const taken = new Set<string | undefined>()
  for (const id of SubnetIds) {
    const { AvailabilityZone: name, AvailabilityZoneId: zoneId } =
      Subnets.find(({ SubnetId }) => SubnetId === id) ?? {}
    if (o.added.includes(id) && d.gaps.lacks(shortName(o.service), { name, id: zoneId }))
      throw new AwsError(
        'InvalidParameter',
        `The VPC endpoint service ${o.service} does not support the availability zone of the subnet: ${id}.`,
      )
    if (taken.has(name))
      throw new AwsError(
        'DuplicateSubnetsInSameZone',
        `Found another VPC endpoint subnet in the availability zone of ${id}. VPC endpoint subnets should be in different availability zones supported by the VPC endpoint service.`,
      )
    taken.add(name)
  }
}

const shortName = (service: string) => service.split('.').slice(3).join('.')

async function servicesOf(d: GuardDeps, call: Call): Promise<ServiceDetail[]> {
  const answer = await d.moto.ec2(call.region).send(new DescribeVpcEndpointServicesCommand({}))
  return answer.ServiceDetails ?? []
}

/** moto has every service in every zone, and breaks over filters. */
export const describeEndpointServices =
  (d: GuardDeps): Answer =>
  async (call) => {
    const services = await servicesOf(d, call)
    const named = listOf(call.form, 'ServiceName')
    const missing = named.find((name) => !services.some((s) => s.ServiceName === name))
    if (missing !== undefined) throw noService(missing)
    const shown = services.filter(
      (service) =>
        (named.length === 0 || named.includes(service.ServiceName ?? '')) && fits(call, service),
    )
    const details = shown.map((service) => detailXml(d, service)).join('')
    return xmlReply(
      `<DescribeVpcEndpointServicesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>${call.requestId}</requestId>` +
        `<serviceNameSet>${shown.map((s) => `<item>${s.ServiceName}</item>`).join('')}</serviceNameSet>` +
        `<serviceDetailSet>${details}</serviceDetailSet></DescribeVpcEndpointServicesResponse>`,
    )
  }

function fits({ form }: Call, service: ServiceDetail): boolean {
  for (const [key, name] of form) {
    const [, n] = /^Filter\.(\d+)\.Name$/.exec(key) ?? []
    if (n === undefined) continue
    const wanted = listOf(form, `Filter.${n}.Value`)
    const actual =
      name === 'service-name'
        ? [service.ServiceName]
        : name === 'service-type'
          ? (service.ServiceType ?? []).map(({ ServiceType }) => ServiceType)
          : undefined
    if (!actual) throw new AwsError('InvalidFilter', `The filter '${name}' is invalid`)
    if (!actual.some((value) => value !== undefined && wanted.includes(value))) return false
  }
  return true
}

function detailXml(d: GuardDeps, service: ServiceDetail): string {
  const name = service.ServiceName ?? ''
  const zones = (service.AvailabilityZones ?? []).filter(
    (zone) => !d.gaps.lacks(shortName(name), { name: zone, id: undefined }),
  )
  const items = (values: readonly (string | undefined)[]) =>
    values.map((value) => `<item>${escapeXml(value ?? '')}</item>`).join('')
  const types = (service.ServiceType ?? []).map(({ ServiceType }) => ServiceType)
  return (
    `<item><serviceName>${name}</serviceName><serviceId>${service.ServiceId}</serviceId>` +
    `<serviceType>${types.map((type) => `<item><serviceType>${type}</serviceType></item>`).join('')}</serviceType>` +
    `<availabilityZoneSet>${items(zones)}</availabilityZoneSet><owner>amazon</owner>` +
    `<baseEndpointDnsNameSet>${items(service.BaseEndpointDnsNames ?? [])}</baseEndpointDnsNameSet>` +
    `<privateDnsName>${service.PrivateDnsName ?? ''}</privateDnsName>` +
    '<vpcEndpointPolicySupported>true</vpcEndpointPolicySupported><acceptanceRequired>false</acceptanceRequired>' +
    '<managesVpcEndpoints>false</managesVpcEndpoints></item>'
  )
}
