// Whom the resources of a uid say that they are for: namespace and name, by the tag that all of them bear. Asked before a
// cluster is taken over; changes nothing.
import { DescribeClusterCommand } from '@aws-sdk/client-eks'
import { physicalName, type TenantInput } from '../../api/tenant/stack.ts'
import type { Aws } from '../access/clients.ts'
import { ec2Kinds, listByTags } from './ec2-inventory.ts'
import { ifFound } from '../faults/sdk-faults.ts'

const uidTag = 'cratekube.io/uid'
const tenantTag = 'cratekube.io/tenant'

/** Such as team-a/payments; undefined when neither a cluster nor a network bears the uid. */
export async function taggedOwner(tenant: TenantInput, aws: Aws): Promise<string | undefined> {
  const { uid } = tenant
  const name = physicalName(tenant)
  const answer = await ifFound(aws.eks.send(new DescribeClusterCommand({ name })))
  const { tags } = answer?.cluster ?? {}
  if (tags?.[uidTag] === uid) return tags[tenantTag]
  const kinds = ec2Kinds.filter(({ type }) => type === 'ec2:vpc')
  const vpcs = kinds.map(async (vpc) => await listByTags(vpc, aws.ec2, { [uidTag]: uid }))
  return (await Promise.all(vpcs)).flat()[0]?.tags[tenantTag]
}
