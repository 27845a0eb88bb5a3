// Tags of everything in EKS that has an ARN; allowed at any time.
import { z } from 'zod'
import { notFound } from './errors.ts'
import { tagsSchema } from './grammar.ts'
import { read } from './service.ts'
import type { EksCall } from './service.ts'
import type { Cluster, EksTags } from './state.ts'

function taggedOf(c: EksCall): { tags: EksTags } {
  const arn = c.params['arn'] ?? ''
  for (const cluster of c.state.region(c.region).values()) {
    const found = thingsOf(cluster).find((thing) => thing.arn === arn)
    if (found) return found
  }
  throw notFound(`No resource found for arn: ${arn}`)
}

const thingsOf = (cluster: Cluster): { arn: string; tags: EksTags }[] => [
  cluster,
  ...cluster.nodeGroups.values(),
  ...cluster.addons.values(),
  ...cluster.accessEntries.values(),
  ...cluster.podIdentities.values(),
]

export const listTagsForResource = (c: EksCall) => ({ tags: taggedOf(c).tags })

export function tagResource(c: EksCall) {
  Object.assign(taggedOf(c).tags, read(c, z.object({ tags: tagsSchema })).tags)
  return {}
}

export function untagResource(c: EksCall) {
  const { tags } = taggedOf(c)
  for (const key of c.query.getAll('tagKeys')) delete tags[key]
  return {}
}
