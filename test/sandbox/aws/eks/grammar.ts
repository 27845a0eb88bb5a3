// What EKS takes for labels, taints, tags and public ranges, and refuses otherwise. Lengths are those of its API model
// (docs.aws.amazon.com/eks/latest/APIReference: CreateNodegroup, Taint, TagResource: labelKey, labelValue and taintKey 1-63,
// taintValue 0-63, TagKey 1-128, TagValue 0-256, 50 tags); the form of labels and taints is Kubernetes' own
// (kubernetes.io/docs/concepts/overview/working-with-objects/labels).
import { BlockList } from 'node:net'
import { z } from 'zod'

const name = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/
const domain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

function isKey(key: string): boolean {
  const parts = key.split('/')
  const own = parts.at(-1) ?? ''
  return parts.length <= 2 && name.test(own) && (parts.length === 1 || domain.test(parts[0] ?? ''))
}

/** User guide, "managed node groups": EKS gives labels of its own, and Kubernetes' are not for nodes to choose. */
const reserved = /(^|\.)(kubernetes\.io|k8s\.io|eks\.amazonaws\.com)\//

const labelKey = z.string().min(1).max(63).refine(isKey).refine((key) => !reserved.test(key)) // prettier-ignore
export const labelsSchema = z.record(labelKey, z.string().min(1).max(63).regex(name))

export const taintSchema = z.object({
  key: z.string().min(1).max(63).refine(isKey),
  value: z.string().max(63).refine((value) => value === '' || name.test(value)).optional(), // prettier-ignore
  effect: z.enum(['NO_SCHEDULE', 'NO_EXECUTE', 'PREFER_NO_SCHEDULE']),
})

/** Nodes take a key once for each effect. */
export const taintsSchema = z
  .array(taintSchema)
  .max(50)
  .refine(
    (taints) => new Set(taints.map((t) => `${t.key}:${t.effect}`)).size === taints.length,
    'Duplicate taints',
  )

const tagKey = z.string().min(1).max(128).refine((key) => !/^aws:/i.test(key)) // prettier-ignore
export const tagsSchema = z
  .record(tagKey, z.string().max(256))
  .refine((tags) => Object.keys(tags).length <= 50, 'Too many tags')

/** User guide, "cluster endpoint": a block can't include reserved addresses. */
export const publicCidrsSchema = z.array(z.string().refine(isPublic)).max(40)

const reservedRanges = new BlockList()
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['224.0.0.0', 3],
] as const)
  // prettier-ignore
  reservedRanges.addSubnet(net, bits)

function isPublic(cidr: string): boolean {
  const [address = '', bits = ''] = cidr.split('/')
  if (cidr === '0.0.0.0/0') return true
  if (!/^\d+(\.\d+){3}$/.test(address) || Number(bits) > 32 || bits === '') return false
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  return value % 2 ** (32 - Number(bits)) === 0 && !reservedRanges.check(address)
}
