// Holds the state of a cloud stack against AWS before an operation touches anything: the account that its resources are in,
// the very cluster that was made, and its zones. A refresh would take either for gone, and make everything anew.
import { DescribeClusterCommand, type Cluster } from '@aws-sdk/client-eks'
import type { Fault } from '../../api/faults/fault.ts'
import { accountOf } from '../../api/aws/names.ts'
import { recreateAnnotation, type TenantInput } from '../../api/tenant/stack.ts'
import { callerAccount, otherAccount } from '../access/account.ts'
import type { Aws } from '../access/clients.ts'
import { ifFound } from '../faults/sdk-faults.ts'
import { zoneFault, zonesIn } from './remembered-zones.ts'
import type { RecordedResource } from './state-record.ts'

export type Asked = {
  tenant: TenantInput
  /** To destroy: a cluster that is gone already is no reason against it. */
  destroys: boolean
  /** To change what is there: not while a zone is out of order. */
  changes: boolean
  /** The one lost cluster that may be made anew; see `consentTo`. */
  recreates: string | undefined
}

/** Why the operation must not begin. Rejects when AWS cannot be asked. */
export async function worldFault(
  records: readonly RecordedResource[],
  asked: Asked,
  aws: Aws,
): Promise<Fault | undefined> {
  const accounts = accountsIn(records)
  if (accounts.length === 0) return undefined // nothing was made yet
  const given = await callerAccount(aws)
  const remembered = accounts.find((account) => account !== given)
  if (remembered !== undefined) return otherAccount(asked.tenant, { remembered, given })
  const cluster = madeCluster(records)
  const [lost, impaired] = await Promise.all([
    cluster && clusterFault(cluster, asked, aws),
    asked.changes ? zoneFault(zonesIn(records), aws) : undefined,
  ])
  return lost ?? impaired
}

/** Of what the stack itself has made: AWS's own policies and what is only read are in other accounts. */
function accountsIn(records: readonly RecordedResource[]): string[] {
  return records.flatMap(({ type = '', custom, external, outputs }) => {
    if (!custom || external || !type.startsWith('aws:')) return []
    return accountOf(outputs?.['arn']) ?? []
  })
}

/** In the outputs of an earlier release the ARN stands beside the others. */
const isComplete = (outputs: Record<string, unknown> = {}) =>
  Object.assign({}, outputs, outputs['facts'])['clusterArn'] !== undefined

type Made = { name: string; arn: string; createdAt: string }

/** The cluster of a stack that was once complete: before that, nobody has anything in it. */
function madeCluster(records: readonly RecordedResource[]): Made | undefined {
  const complete = records.some(
    ({ type, outputs }) => type === 'pulumi:pulumi:Stack' && isComplete(outputs),
  )
  const record = records.find((r) => r.type === 'aws:eks/cluster:Cluster' && !r.delete)
  if (!complete || !record) return undefined
  const { name, arn, createdAt } = record.outputs ?? {}
  return { name: String(name), arn: String(arn), createdAt: toSeconds(String(createdAt)) }
}

async function clusterFault(made: Made, asked: Asked, { eks }: Aws): Promise<Fault | undefined> {
  const answer = await ifFound(eks.send(new DescribeClusterCommand({ name: made.name })))
  const found = answer?.cluster
  if (!found) return asked.destroys || asked.recreates === consentTo(made) ? undefined : gone(made)
  if (isSame(made, found)) return undefined
  // A destruction would take it for the tenant's by its name.
  const ours = found.tags?.['cratekube.io/uid'] === asked.tenant.uid
  return asked.destroys && ours ? undefined : replaced(made, found)
}

/** Names one cluster and no other that will have its name: the consent to its loss says nothing of the next one. */
const consentTo = ({ name, createdAt }: Made) => `${name}@${createdAt}`

function isSame(made: Made, { arn, createdAt }: Cluster): boolean {
  if (arn !== made.arn) return false
  const known = !Number.isNaN(Date.parse(made.createdAt)) && createdAt !== undefined
  return !known || toSeconds(createdAt.toISOString()) === made.createdAt
}

/** Providers keep a time to the second or finer. */
function toSeconds(time: string): string {
  const ms = Date.parse(time)
  return Number.isNaN(ms) ? time : new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
}

function gone(made: Made): Fault {
  return {
    ...lost,
    value: consentTo(made),
    message: `EKS cluster ${made.name}, made at ${made.createdAt}, is gone from AWS, and all that was in it; it is not made anew without consent`,
    action: `Annotate the TenantCluster with ${recreateAnnotation}=${consentTo(made)} to have an empty one made in its place, or delete the TenantCluster.`,
  }
}

function replaced(made: Made, found: Cluster): Fault {
  const at = found.createdAt ? toSeconds(found.createdAt.toISOString()) : 'another time'
  return {
    ...lost,
    message: `EKS cluster ${made.name}, made at ${made.createdAt}, is gone from AWS; another of its name was made at ${at} by somebody else, and is not touched`,
    action: 'Delete that cluster if nobody needs it, then ask for a reconcile.',
  }
}

const lost = { code: 'ClusterLost', retryable: false } as const
