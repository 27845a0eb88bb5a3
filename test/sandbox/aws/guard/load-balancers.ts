// Load balancers stand in the subnets with network interfaces of their own, which go with them and cannot be taken away.
// moto makes the load balancers of both APIs without.
import {
  CreateNetworkInterfaceCommand,
  DeleteNetworkInterfaceCommand,
  DescribeNetworkInterfacesCommand,
} from '@aws-sdk/client-ec2'
import type { Call } from '../call.ts'
import { forwardToMoto } from '../moto/forward.ts'
import type { Service } from '../front.ts'
import { listOf, type GuardDeps } from './guard.ts'

/** As AWS describes them: `ELB <name>` of a classic one, `ELB net/<name>/<id>` of the others. */
export const ofLoadBalancer = (description: string | undefined): boolean =>
  description?.startsWith('ELB ') ?? false

export function elbService(d: GuardDeps): Service {
  return {
    async answer(call) {
      const reply = await forwardToMoto(d.moto, call)
      if (reply.status >= 300) return reply
      if (call.operation === 'CreateLoadBalancer') await attach(d, call, madeBy(call, reply.body))
      if (call.operation === 'DeleteLoadBalancer') await detach(d, call, nameIn(call))
      return reply
    },
  }
}

const arnPrefix = /^.*:loadbalancer\//

const madeBy = (call: Call, body: string) =>
  /<LoadBalancerArn>([^<]+)</.exec(body)?.[1]?.replace(arnPrefix, '') ?? nameIn(call)

const nameIn = ({ form }: Call) =>
  form.get('LoadBalancerName') ?? form.get('LoadBalancerArn')?.replace(arnPrefix, '') ?? ''

async function attach(d: GuardDeps, call: Call, name: string): Promise<void> {
  const subnets = listOf(call.form, 'Subnets.member')
  const made = subnets.map((SubnetId) =>
    d.moto
      .ec2(call.region)
      .send(new CreateNetworkInterfaceCommand({ SubnetId, Description: `ELB ${name}` })),
  )
  await Promise.all(made)
}

async function detach(d: GuardDeps, call: Call, name: string): Promise<void> {
  const ec2 = d.moto.ec2(call.region)
  const { NetworkInterfaces = [] } = await ec2.send(new DescribeNetworkInterfacesCommand({}))
  const own = NetworkInterfaces.filter((eni) => eni.Description === `ELB ${name}`)
  const gone = own.map(({ NetworkInterfaceId }) =>
    ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId })),
  )
  await Promise.all(gone)
}
