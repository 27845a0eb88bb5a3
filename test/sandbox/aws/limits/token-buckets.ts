// AWS's request rate limits, as token buckets per API and region. They refill in virtual time: a cloud that waits 60 times less
// also admits 60 times more, so that the proportion between waits and limits stays AWS's own.
// https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html; EKS does not publish its limits.
import { mutates } from '../call.ts'
import type { VirtualClock } from '../clock.ts'

type Size = { bucket: string; capacity: number; perSecond: number }

export interface TokenBuckets {
  /** False: the call is over the limit. */
  take(call: { service: string; operation: string; region: string }): boolean
}

export function tokenBuckets(o: { clock: VirtualClock }): TokenBuckets {
  const levels = new Map<string, { tokens: number; at: number }>()
  return {
    take({ service, operation, region }) {
      const size = sizeOf(service, operation)
      if (!size || o.clock.speed === Number.POSITIVE_INFINITY) return true
      const key = `${service}/${region}/${size.bucket}`
      const now = o.clock.now()
      const level = levels.get(key) ?? { tokens: size.capacity, at: now }
      const tokens = Math.min(
        size.capacity,
        level.tokens + ((now - level.at) / 1000) * size.perSecond,
      )
      levels.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now })
      return tokens >= 1
    },
  }
}

const named: Record<string, [capacity: number, perSecond: number]> = {
  CreateNatGateway: [10, 1],
  DeleteNatGateway: [10, 1],
  CreateVpcEndpoint: [4, 0.3],
  DeleteVpcEndpoints: [4, 0.3],
  ModifyVpcEndpoint: [4, 0.3],
  CreateTags: [100, 10],
  DeleteTags: [100, 10],
  CreateLaunchTemplateVersion: [100, 5],
  RunInstances: [5, 2],
}

const resourceIntensive = new Set([
  'AuthorizeSecurityGroupIngress',
  'AuthorizeSecurityGroupEgress',
  'RevokeSecurityGroupIngress',
  'RevokeSecurityGroupEgress',
  'CreateVpcPeeringConnection',
])

function sizeOf(service: string, operation: string): Size | undefined {
  if (service === 'eks')
    return {
      bucket: mutates(operation) ? 'mutating' : 'reading',
      ...(mutates(operation) ? { capacity: 50, perSecond: 5 } : { capacity: 100, perSecond: 20 }),
    }
  if (service !== 'ec2') return undefined
  const own = named[operation]
  if (own) return { bucket: operation, capacity: own[0], perSecond: own[1] }
  if (resourceIntensive.has(operation))
    return { bucket: 'resource-intensive', capacity: 50, perSecond: 5 }
  if (!mutates(operation)) return { bucket: operation, capacity: 100, perSecond: 20 }
  return { bucket: operation, capacity: 50, perSecond: 5 }
}
