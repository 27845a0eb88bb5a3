// aws:ec2 route table, route, and route table association.
import type { Route } from '@aws-sdk/client-ec2'
import type { Unwrap } from '@pulumi/pulumi'
import type { RouteArgs, RouteState } from '@pulumi/aws/ec2/route.js'
import type { RouteTableArgs, RouteTableState } from '@pulumi/aws/ec2/routeTable.js'
import type {
  RouteTableAssociationArgs,
  RouteTableAssociationState,
} from '@pulumi/aws/ec2/routeTableAssociation.js'
import type { AwsContext } from '../context.ts'
import { ec2, ec2Arn, made, present, tagEc2, tagged } from './calls.ts'
import { deleteWhenFree } from './network.ts'
import { ifExists, isCode } from '../errors.ts'
import { fromTagList } from '../tags.ts'
import { type AwsType, awsType, fixed, mutable } from '../type.ts'

const describeTable = async (ctx: AwsContext, id: string) =>
  (await ifExists(ec2(ctx).describeRouteTables({ RouteTableIds: [id] })))?.RouteTables?.[0]

const routeTable = awsType<RouteTableArgs, RouteTableState>({
  label: 'EC2 Route Table',
  timeouts: { create: 300, update: 120, delete: 300 },
  inputs: { vpcId: fixed(), tags: mutable() },
  async create(ctx, inputs) {
    const answer = await ec2(ctx).createRouteTable({
      ClientToken: ctx.token,
      VpcId: inputs.vpcId,
      ...tagged(ctx, 'route-table'),
    })
    return made(answer.RouteTable?.RouteTableId, 'route table')
  },
  async read(ctx, id) {
    const found = await describeTable(ctx, id)
    if (!found) return undefined
    return {
      arn: ec2Arn(ctx, found.OwnerId, `route-table/${id}`),
      ownerId: found.OwnerId,
      propagatingVgws: [],
      routes: (found.Routes ?? []).filter((r) => r.Origin === 'CreateRoute').map(tableRoute),
      vpcId: found.VpcId,
      tagsAll: fromTagList(found.Tags),
    }
  },
  tag: tagEc2,
  async delete(ctx, id) {
    await deleteWhenFree(ctx, () => ec2(ctx).deleteRouteTable({ RouteTableId: id }), 300_000)
    await ctx.until('route table to be gone', async () =>
      (await describeTable(ctx, id)) ? undefined : true,
    )
  },
})

const tableRoute = (route: Route) => ({
  cidrBlock: route.DestinationCidrBlock ?? '',
  gatewayId: route.GatewayId ?? '',
  natGatewayId: route.NatGatewayId ?? '',
})

const targets = ['gatewayId', 'natGatewayId', 'networkInterfaceId', 'transitGatewayId', 'vpcPeeringConnectionId'] as const // prettier-ignore
type RouteInputs = Unwrap<RouteArgs>

const route = awsType<RouteArgs, RouteState>({
  label: 'EC2 Route',
  timeouts: { create: 300, update: 120, delete: 300 },
  inputs: {
    routeTableId: fixed(),
    destinationCidrBlock: fixed(),
    destinationIpv6CidrBlock: fixed(),
    destinationPrefixListId: fixed(),
    gatewayId: mutable(),
    natGatewayId: mutable(),
    networkInterfaceId: mutable({ computed: true }),
    transitGatewayId: mutable(),
    vpcPeeringConnectionId: mutable(),
  },
  async create(ctx, inputs) {
    const request = { RouteTableId: inputs.routeTableId, ...destination(inputs), ...target(inputs) }
    await ctx.retrying(
      () =>
        ec2(ctx)
          .createRoute(request)
          .catch((error: unknown) => ownAlready(ctx, inputs, error)),
      // Tables, gateways just made may be unknown for a moment.
      (error) => isCode(error, 'InvalidParameterException', 'InvalidTransitGatewayID.NotFound', 'InvalidGatewayID.NotFound', 'InvalidNatGatewayID.NotFound'), // prettier-ignore
      60_000,
    )
    return routeId(inputs)
  },
  async ready(ctx, _id, inputs) {
    await ctx.until('route to be visible', async () =>
      (await findRoute(ctx, inputs)) ? true : undefined,
    )
  },
  async read(ctx, _id, state) {
    const found = await findRoute(ctx, state)
    if (!found) return undefined
    return {
      routeTableId: state.routeTableId,
      destinationCidrBlock: found.DestinationCidrBlock ?? '',
      destinationIpv6CidrBlock: found.DestinationIpv6CidrBlock ?? '',
      destinationPrefixListId: found.DestinationPrefixListId ?? '',
      gatewayId: found.GatewayId ?? '',
      natGatewayId: found.NatGatewayId ?? '',
      networkInterfaceId: found.NetworkInterfaceId ?? '',
      transitGatewayId: found.TransitGatewayId ?? '',
      vpcPeeringConnectionId: found.VpcPeeringConnectionId ?? '',
      instanceId: found.InstanceId ?? '',
      instanceOwnerId: found.InstanceOwnerId ?? '',
      origin: found.Origin,
      state: found.State,
    }
  },
  async update(ctx, _id, { inputs }) {
    await ec2(ctx).replaceRoute({
      RouteTableId: inputs.routeTableId,
      ...destination(inputs),
      ...target(inputs),
    })
  },
  async delete(ctx, _id, state) {
    const key = { RouteTableId: state.routeTableId, ...destination(state) }
    await ifExists(ec2(ctx).deleteRoute(key))
    await ctx.until('route to be gone', async () =>
      (await findRoute(ctx, state)) ? undefined : true,
    )
  },
})

type Key = { [K in keyof RouteState]?: unknown }
const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined

const destination = (inputs: Key) =>
  present({
    DestinationCidrBlock: text(inputs.destinationCidrBlock),
    DestinationIpv6CidrBlock: text(inputs.destinationIpv6CidrBlock),
    DestinationPrefixListId: text(inputs.destinationPrefixListId),
  })

function target(inputs: RouteInputs) {
  const chosen = targets.filter((name) => text(inputs[name]) !== undefined)
  if (chosen.length !== 1)
    throw new Error(`one of \`${targets.join(',')}\` must be specified, got ${chosen.length}`)
  return present({
    GatewayId: inputs.gatewayId,
    NatGatewayId: inputs.natGatewayId,
    NetworkInterfaceId: inputs.networkInterfaceId,
    TransitGatewayId: inputs.transitGatewayId,
    VpcPeeringConnectionId: inputs.vpcPeeringConnectionId,
  })
}

const destinationOf = (o: Key): string =>
  text(o.destinationCidrBlock) ??
  text(o.destinationIpv6CidrBlock) ??
  text(o.destinationPrefixListId) ??
  ''

// As the real provider: the table and Terraform's hash of the destination.
const routeId = (inputs: RouteInputs): string =>
  `r-${inputs.routeTableId}${crc32(destinationOf(inputs))}`

async function findRoute(ctx: AwsContext, o: Key): Promise<Route | undefined> {
  const table = await describeTable(ctx, String(o.routeTableId))
  const wanted = destinationOf(o)
  return table?.Routes?.find((r) =>
    [r.DestinationCidrBlock, r.DestinationIpv6CidrBlock, r.DestinationPrefixListId].includes(
      wanted,
    ),
  )
}

// The SDK repeats a call whose answer was lost, and is then told that the route exists. It is ours when it says the same.
async function ownAlready(ctx: AwsContext, inputs: RouteInputs, error: unknown): Promise<void> {
  if (!isCode(error, 'RouteAlreadyExists') || retries(error) === 0) throw error
  const found = await findRoute(ctx, inputs)
  const same = found?.GatewayId === inputs.gatewayId && found?.NatGatewayId === inputs.natGatewayId
  if (!same) throw error
}

export const retries = (error: unknown): number => {
  if (!(error instanceof Error) || !('$metadata' in error)) return 0
  const { attempts } = error.$metadata as { attempts?: number } // the SDK's own metadata
  return (attempts ?? 1) - 1
}

/** Hash of a string as Terraform's helper/hashcode makes it. */
export function crc32(value: string): number {
  let crc = 0xffffffff
  for (const byte of Buffer.from(value)) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}

async function findAssociation(ctx: AwsContext, id: string) {
  const answer = await ifExists(
    ec2(ctx).describeRouteTables({
      Filters: [{ Name: 'association.route-table-association-id', Values: [id] }],
    }),
  )
  const all = (answer?.RouteTables ?? []).flatMap((table) => table.Associations ?? [])
  const found = all.find((association) => association.RouteTableAssociationId === id)
  return found?.AssociationState?.State === 'disassociated' ? undefined : found
}

// Another table is a replacement here; the real provider's ReplaceRouteTableAssociation changes the id just as well.
const association = awsType<RouteTableAssociationArgs, RouteTableAssociationState>({
  label: 'EC2 Route Table Association',
  timeouts: { create: 300, update: 120, delete: 300 },
  inputs: { routeTableId: fixed(), subnetId: fixed(), gatewayId: fixed() },
  async create(ctx, inputs) {
    const answer = await ctx.retrying(
      () =>
        ec2(ctx).associateRouteTable({
          RouteTableId: inputs.routeTableId,
          ...present({ SubnetId: inputs.subnetId, GatewayId: inputs.gatewayId }),
        }),
      (error) => isCode(error, 'InvalidRouteTableID.NotFound', 'InvalidSubnetID.NotFound'),
      60_000,
    )
    return made(answer.AssociationId, 'route table association')
  },
  async read(ctx, id) {
    const found = await findAssociation(ctx, id)
    return (
      found && {
        routeTableId: found.RouteTableId,
        subnetId: found.SubnetId ?? '',
        gatewayId: found.GatewayId ?? '',
      }
    )
  },
  async delete(ctx, id) {
    await ifExists(ec2(ctx).disassociateRouteTable({ AssociationId: id }))
    await ctx.until('route table association to be gone', async () =>
      (await findAssociation(ctx, id)) ? undefined : true,
    )
  },
})

export const types: Record<string, AwsType> = {
  'aws:ec2/routeTable:RouteTable': routeTable,
  'aws:ec2/route:Route': route,
  'aws:ec2/routeTableAssociation:RouteTableAssociation': association,
}
