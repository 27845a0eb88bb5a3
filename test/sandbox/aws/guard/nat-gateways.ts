// NAT gateways take their time: pending before available, deleting before deleted; their address and interface are free only
// after that. moto does all at once and never frees the interface.
import {
  DeleteNatGatewayCommand,
  DeleteNetworkInterfaceCommand,
  DescribeNatGatewaysCommand,
  DisassociateAddressCommand,
} from '@aws-sdk/client-ec2'
import { AwsError } from '../errors.ts'
import type { Call } from '../call.ts'
import { ClockStopped } from '../clock.ts'
import { listOf, xmlReply } from './guard.ts'
import type { Answer, GuardDeps } from './guard.ts'
import { remembered } from './remembered.ts'

const createMs = 100_000
const deleteMs = 60_000

export function natGateways(d: GuardDeps, forward: Answer): Record<string, Answer> {
  const states = new Map<string, 'pending' | 'deleting'>()
  const overlaid = (body: string) =>
    body.replace(
      /<natGatewayId>([^<]+)<\/natGatewayId><state>([^<]*)<\/state>/g,
      (_, id: string, state: string) => {
        return `<natGatewayId>${id}</natGatewayId><state>${states.get(id) ?? state}</state>`
      },
    )
  return {
    CreateNatGateway: remembered(async (call) => {
      await refuseUsedAddress(d, call)
      const reply = await forward(call)
      const id = /<natGatewayId>([^<]+)</.exec(reply.body)?.[1]
      if (id === undefined || reply.status >= 300) return reply
      states.set(id, 'pending')
      d.clock.after(createMs, () => void (states.get(id) === 'pending' && states.delete(id)))
      return {
        ...reply,
        body: reply.body.replace(/<state>[^<]*<\/state>/, '<state>pending</state>'),
      }
    }),

    async DeleteNatGateway(call) {
      const id = call.form.get('NatGatewayId') ?? ''
      if (!(await natOf(d, call, id))) throw notFound(id)
      if (states.get(id) !== 'deleting') {
        states.set(id, 'deleting')
        tearDown(d, call, id).then(
          () => states.delete(id),
          (error: unknown) => {
            if (!(error instanceof ClockStopped)) d.onBackgroundError(error)
          },
        )
      }
      return xmlReply(
        `<DeleteNatGatewayResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>${call.requestId}</requestId><natGatewayId>${id}</natGatewayId></DeleteNatGatewayResponse>`,
      )
    },

    async DescribeNatGateways(call) {
      const reply = await forward(call)
      const missing = listOf(call.form, 'NatGatewayId').find(
        (id) => !reply.body.includes(`<natGatewayId>${id}<`),
      )
      if (missing !== undefined && listOf(call.form, 'Filter').length === 0) throw notFound(missing)
      return { ...reply, body: overlaid(reply.body) }
    },
  }
}

const notFound = (id: string) =>
  new AwsError('NatGatewayNotFound', `The Nat Gateway ${id} was not found`)

/** moto leaks an interface when it refuses the address itself. */
async function refuseUsedAddress(d: GuardDeps, call: Call): Promise<void> {
  const allocation = call.form.get('AllocationId')
  if (allocation === null) return
  const { NatGateways } = await d.moto.ec2(call.region).send(new DescribeNatGatewaysCommand({}))
  const taken = NatGateways?.some(
    (nat) =>
      nat.State !== 'deleted' &&
      nat.NatGatewayAddresses?.some((address) => address.AllocationId === allocation),
  )
  if (taken)
    throw new AwsError(
      'Resource.AlreadyAssociated',
      `Elastic IP address [${allocation}] is already associated`,
    )
}

async function natOf(d: GuardDeps, call: Call, id: string) {
  const { NatGateways } = await d.moto
    .ec2(call.region)
    .send(new DescribeNatGatewaysCommand({ NatGatewayIds: [id] }))
  return NatGateways?.find((nat) => nat.NatGatewayId === id && nat.State !== 'deleted')
}

async function tearDown(d: GuardDeps, call: Call, id: string): Promise<void> {
  const ec2 = d.moto.ec2(call.region)
  await d.clock.sleep(deleteMs)
  const nat = await natOf(d, call, id)
  await ec2.send(new DeleteNatGatewayCommand({ NatGatewayId: id }))
  for (const address of nat?.NatGatewayAddresses ?? []) {
    if (address.AssociationId !== undefined)
      await ec2.send(new DisassociateAddressCommand({ AssociationId: address.AssociationId }))
    if (address.NetworkInterfaceId !== undefined)
      await ec2.send(
        new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: address.NetworkInterfaceId }),
      )
  }
}
