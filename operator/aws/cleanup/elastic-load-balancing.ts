// Load balancers of a VPC: what Services of type LoadBalancer, Ingresses and Gateways made there, by whichever controller.
// Elastic Load Balancing has an API for the classic ones and one for all others.
import {
  DeleteLoadBalancerCommand as DeleteClassicCommand,
  paginateDescribeLoadBalancers as paginateClassic,
} from '@aws-sdk/client-elastic-load-balancing'
import {
  DeleteLoadBalancerCommand,
  DeleteTargetGroupCommand,
  paginateDescribeLoadBalancers,
  paginateDescribeTargetGroups,
} from '@aws-sdk/client-elastic-load-balancing-v2'
import type { Aws } from '../access/clients.ts'

export type LoadBalancing = {
  /** As status.remaining shows it. */
  type: 'elb:classic-load-balancer' | 'elb:load-balancer' | 'elb:target-group'
  /** Name or ARN. */
  id: string
  vpcId: string
  remove(): Promise<unknown>
}

type Clients = Pick<Aws, 'classicBalancing' | 'balancing'>

/** Those in the VPCs; the API has no filter, so all of the region are looked at. */
export async function loadBalancingIn(vpcIds: string[], aws: Clients): Promise<LoadBalancing[]> {
  if (vpcIds.length === 0) return []
  // In the order in which they can go: a target group after the load balancers that use it.
  const kinds = [classicLoadBalancers(aws), loadBalancers(aws), targetGroups(aws)]
  return (await Promise.all(kinds)).flat().filter(({ vpcId }) => vpcIds.includes(vpcId))
}

async function classicLoadBalancers({ classicBalancing }: Clients): Promise<LoadBalancing[]> {
  const found: LoadBalancing[] = []
  for await (const page of paginateClassic({ client: classicBalancing }, {})) {
    for (const { LoadBalancerName = '', VPCId = '' } of page.LoadBalancerDescriptions ?? []) {
      const remove = async () =>
        await classicBalancing.send(new DeleteClassicCommand({ LoadBalancerName }))
      found.push({ type: 'elb:classic-load-balancer', id: LoadBalancerName, vpcId: VPCId, remove })
    }
  }
  return found
}

async function loadBalancers({ balancing }: Clients): Promise<LoadBalancing[]> {
  const found: LoadBalancing[] = []
  for await (const page of paginateDescribeLoadBalancers({ client: balancing }, {})) {
    for (const { LoadBalancerArn = '', VpcId = '' } of page.LoadBalancers ?? []) {
      const remove = async () =>
        await balancing.send(new DeleteLoadBalancerCommand({ LoadBalancerArn }))
      found.push({ type: 'elb:load-balancer', id: LoadBalancerArn, vpcId: VpcId, remove })
    }
  }
  return found
}

async function targetGroups({ balancing }: Clients): Promise<LoadBalancing[]> {
  const found: LoadBalancing[] = []
  for await (const page of paginateDescribeTargetGroups({ client: balancing }, {})) {
    for (const { TargetGroupArn = '', VpcId = '' } of page.TargetGroups ?? []) {
      const remove = async () =>
        await balancing.send(new DeleteTargetGroupCommand({ TargetGroupArn }))
      found.push({ type: 'elb:target-group', id: TargetGroupArn, vpcId: VpcId, remove })
    }
  }
  return found
}
