// Load balancers of a VPC: what Services of type LoadBalancer, Ingresses and Gateways made there, by whichever controller.
// The two APIs of Elastic Load Balancing take three calls each, for which its SDK clients are 20 MB on disk: they are
// signed and read here, and go out over the connections of the EC2 client, by its region, credentials and proxy.
import { text as textFrom } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import type { EC2Client } from '@aws-sdk/client-ec2'
import { SignatureV4 } from '@smithy/signature-v4'
import { passesByItself } from '../faults.ts'
import { Sha256 } from '../access/sha256.ts'
import { childrenOf, parseXml, textOf, type XmlElement } from './xml.ts'

export type LoadBalancing = {
  /** As status.remaining shows it. */
  type: 'elb:classic-load-balancer' | 'elb:load-balancer' | 'elb:target-group'
  /** Name or ARN. */
  id: string
  vpcId: string
  remove(): Promise<unknown>
}

type Kind = {
  type: LoadBalancing['type']
  version: '2012-06-01' | '2015-12-01'
  describe: string
  list: string
  id: string
  vpc: string
  remove: string
}

/** In the order in which they can go: a target group after the load balancers that use it. */
const kinds: Kind[] = [
  {
    type: 'elb:classic-load-balancer',
    version: '2012-06-01',
    describe: 'DescribeLoadBalancers',
    list: 'LoadBalancerDescriptions',
    id: 'LoadBalancerName',
    vpc: 'VPCId',
    remove: 'DeleteLoadBalancer',
  },
  {
    type: 'elb:load-balancer',
    version: '2015-12-01',
    describe: 'DescribeLoadBalancers',
    list: 'LoadBalancers',
    id: 'LoadBalancerArn',
    vpc: 'VpcId',
    remove: 'DeleteLoadBalancer',
  },
  {
    type: 'elb:target-group',
    version: '2015-12-01',
    describe: 'DescribeTargetGroups',
    list: 'TargetGroups',
    id: 'TargetGroupArn',
    vpc: 'VpcId',
    remove: 'DeleteTargetGroup',
  },
]

/** Those in the VPCs; the API has no filter, so all of the region are looked at. */
export async function loadBalancingIn(vpcIds: string[], ec2: EC2Client): Promise<LoadBalancing[]> {
  if (vpcIds.length === 0) return []
  const found = await Promise.all(kinds.map(async (kind) => await every(kind, ec2)))
  return found.flat().filter(({ vpcId }) => vpcIds.includes(vpcId))
}

async function every(kind: Kind, ec2: EC2Client): Promise<LoadBalancing[]> {
  const found: LoadBalancing[] = []
  let marker = ''
  do {
    const parameters = { Action: kind.describe, ...(marker && { Marker: marker }) }
    // oxlint-disable-next-line no-await-in-loop -- one page names the next
    const [result] = (await callElasticLoadBalancing(kind.version, parameters, ec2)).children
    for (const member of childrenOf(result, kind.list)) found.push(balancing(kind, member, ec2))
    marker = textOf(result, 'NextMarker')
  } while (marker !== '')
  return found
}

function balancing(kind: Kind, member: XmlElement, ec2: EC2Client): LoadBalancing {
  const id = textOf(member, kind.id)
  const parameters = { Action: kind.remove, [kind.id]: id }
  return {
    type: kind.type,
    id,
    vpcId: textOf(member, kind.vpc),
    remove: async () => await callElasticLoadBalancing(kind.version, parameters, ec2),
  }
}

const maxAttempts = 8

/** The element of the answer; rejects with an error as the SDK's clients have them. */
export async function callElasticLoadBalancing(
  version: Kind['version'],
  parameters: Record<string, string>,
  ec2: EC2Client,
): Promise<XmlElement> {
  const body = new URLSearchParams({ ...parameters, Version: version }).toString()
  for (let attempt = 1; ; attempt++) {
    /* oxlint-disable no-await-in-loop -- one attempt after the other */
    try {
      return await send(body, ec2)
    } catch (error) {
      if (attempt === maxAttempts || !passesByItself(error)) throw error
      await pause(Math.random() * Math.min(20_000, 100 * 2 ** attempt))
    }
    /* oxlint-enable no-await-in-loop */
  }
}

async function send(body: string, { config }: EC2Client): Promise<XmlElement> {
  const [region, credentials] = [await config.region(), await config.credentials()]
  const signer = new SignatureV4({
    service: 'elasticloadbalancing',
    region,
    credentials,
    sha256: Sha256,
  })
  const { protocol, hostname, port } = (await config.endpoint?.()) ?? {
    protocol: 'https:',
    hostname: `elasticloadbalancing.${region}.amazonaws.com`,
  }
  const request = await signer.sign({
    method: 'POST',
    protocol,
    hostname,
    ...(port !== undefined && { port }),
    path: '/',
    headers: {
      host: port === undefined ? hostname : `${hostname}:${port}`,
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    },
    body,
  })
  // The handler takes what a signer gives: the SDK's own clients do the same.
  const { response } = await config.requestHandler.handle(request as never)
  const text = await textFrom(response.body as NodeJS.ReadableStream) // the handler is Node's
  if (response.statusCode < 300) return parseXml(text)
  throw refusal(response.statusCode, text)
}

function refusal(httpStatusCode: number, text: string): Error {
  const answer = parseXml(text)
  const [error] = answer.children.filter(({ name }) => name === 'Error')
  const requestId = textOf(answer, 'RequestId')
  return Object.assign(new Error(textOf(error, 'Message') || `status ${httpStatusCode}`), {
    name: textOf(error, 'Code') || 'UnknownError',
    $metadata: { httpStatusCode, requestId },
  })
}
