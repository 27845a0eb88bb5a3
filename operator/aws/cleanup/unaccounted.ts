// What AWS holds of a tenant that a state does not know of. Whoever took the cluster over with such a state would lose sight of
// it: a node pool that the spec does not name would run on, and nobody would pay attention. Changes nothing.
import type { TenantInput } from '../../api/tenant/stack.ts'
import type { Aws } from '../access/clients.ts'
import { ec2Kinds, listByTags } from './ec2-inventory.ts'
import { madeByPrograms } from './leftovers.ts'

type Thing = { type: string; id: string }

/** `known`: the ids in the state, as Pulumi has them. */
export async function unaccounted(
  tenant: TenantInput,
  known: ReadonlySet<string>,
  aws: Aws,
): Promise<Thing[]> {
  const things = [...(await madeByPrograms(tenant, aws)), ...(await inEc2(tenant, aws))]
  return things
    .filter(({ type, id }) => !known.has(pulumiId(type, id)))
    .map(({ type, id }) => ({ type, id }))
}

/** What EKS makes for a cluster may bear the tags of what it makes it for, and tags of its own beside them. */
const isOfEks = (tags: Record<string, string>) =>
  Object.entries(tags).some(
    ([key, value]) =>
      /^(aws:)?eks:/.test(key) || (key.startsWith('kubernetes.io/cluster/') && value === 'owned'),
  )

async function inEc2({ uid }: TenantInput, { ec2 }: Aws): Promise<Thing[]> {
  const kinds = ec2Kinds.filter(({ pulumi }) => pulumi !== undefined)
  const lists = kinds.map(async (kind) => {
    const found = await listByTags(kind, ec2, { 'cratekube.io/uid': uid })
    return found.filter(({ tags }) => !isOfEks(tags)).map(({ id }) => ({ type: kind.type, id }))
  })
  return (await Promise.all(lists)).flat()
}

function pulumiId(type: string, id: string): string {
  if (type === 'eks:nodegroup') return id.replace('/', ':')
  return type === 'efs:mount-target' ? id : (id.split('/').at(-1) ?? id) // a rule is listed below its group
}
