// EKS access entries: which IAM principals may use the Kubernetes API of a cluster, and as whom.
import { GetRoleCommand, GetUserCommand } from '@aws-sdk/client-iam'
import { z } from 'zod'
import { accountId } from '../../moto/moto.ts'
import { isAwsError } from '../../sdk-errors.ts'
import { invalidParameter, invalidRequest, resourceInUse, resourceNotFound } from '../errors.ts'
import { arnOf, clusterOf, hexId, isRepeat, nowSeconds, page, read, tokenOf } from '../service.ts'
import type { EksCall, EksDeps } from '../service.ts'
import type { AccessEntry, Cluster } from '../state.ts'

const createSchema = z.object({
  principalArn: z.string(),
  kubernetesGroups: z.array(z.string()).optional(),
  tags: z.record(z.string(), z.string()).optional(),
  username: z.string().optional(),
  type: z
    .enum(['STANDARD', 'EC2_LINUX', 'EC2_WINDOWS', 'FARGATE_LINUX', 'EC2', 'HYBRID_LINUX'])
    .optional(),
})

export async function createAccessEntry(c: EksCall) {
  const cluster = clusterOf(c)
  const input = read(c, createSchema)
  const token = tokenOf(c)
  const existing = cluster.accessEntries.get(input.principalArn)
  if (existing && isRepeat(existing.token, token))
    return { accessEntry: entryView(cluster, existing) }
  if (existing) throw duplicate(cluster)
  if (cluster.authenticationMode === 'CONFIG_MAP')
    throw invalidRequest(
      "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.",
      { clusterName: cluster.name },
    )
  checkUsername(input.username)
  const principalId = await principalIdOf(c, input.principalArn)
  if (principalId === undefined)
    throw invalidParameter(
      `The specified principalArn is invalid: invalid principal: ${input.principalArn}`,
      { clusterName: cluster.name },
    )
  if (cluster.accessEntries.has(input.principalArn)) throw duplicate(cluster)
  const entry = newEntry(cluster, { ...input, principalId })
  entry.token = token
  cluster.accessEntries.set(entry.principalArn, entry)
  return { accessEntry: entryView(cluster, entry) }
}

const duplicate = (cluster: Cluster) =>
  resourceInUse('The specified access entry resource is already in use on this cluster.', {
    clusterName: cluster.name,
  })

function checkUsername(username: string | undefined): void {
  if (username === undefined) return
  const reserved = ['system:', 'eks:', 'aws:', 'amazon:', 'iam:'].find((prefix) =>
    username.startsWith(prefix),
  )
  if (reserved) throw invalidParameter(`The username must not begin with ${reserved}`)
  const session = username.indexOf('{{SessionName')
  if (session >= 0 && !username.slice(0, session).includes(':'))
    throw invalidParameter('The username must contain a colon before {{SessionName}}')
}

/** The unique id behind an ARN of a user or role; undefined when there is no such principal now. */
export async function principalIdOf(
  c: Pick<EksDeps, 'moto'>,
  arn: string,
): Promise<string | undefined> {
  const m = new RegExp(`^arn:aws[\\w-]*:iam::${accountId}:(role|user|root)(?:/(.+))?$`).exec(arn)
  if (!m) return undefined
  if (m[1] === 'root') return accountId
  const name = m[2]?.split('/').at(-1) ?? ''
  try {
    if (m[1] === 'user')
      return (await c.moto.iam().send(new GetUserCommand({ UserName: name }))).User?.UserId
    const { Role } = await c.moto.iam().send(new GetRoleCommand({ RoleName: name }))
    return Role?.Arn === arn ? Role.RoleId : undefined
  } catch (error) {
    if (isAwsError(error, 'NoSuchEntity', 'NoSuchEntityException')) return undefined
    throw error
  }
}

type NewEntry = z.infer<typeof createSchema> & { principalId: string }

function newEntry(cluster: Cluster, o: NewEntry): AccessEntry {
  const [kind = '', ...name] = (o.principalArn.split(':').at(-1) ?? '').split('/')
  const type = o.type ?? 'STANDARD'
  return {
    principalArn: o.principalArn,
    principalId: o.principalId,
    arn: arnOf(
      cluster.region,
      `access-entry/${cluster.name}/${kind}/${accountId}/${name.join('/')}/${hexId(16)}`,
    ),
    kubernetesGroups: type === 'EC2_LINUX' ? ['system:nodes'] : (o.kubernetesGroups ?? []),
    username: o.username ?? defaultUsername(o.principalArn, type),
    type,
    tags: o.tags ?? {},
    createdAt: nowSeconds(),
    modifiedAt: nowSeconds(),
    policies: new Map(),
    token: { token: hexId(8), body: '' },
  }
}

/** Roles appear as their session; the session's ARN has lost the role's path. */
function defaultUsername(principalArn: string, type: string): string {
  if (type === 'EC2_LINUX') return 'system:node:{{EC2PrivateDNSName}}'
  if (!principalArn.includes(':role/')) return principalArn
  return `arn:aws:sts::${accountId}:assumed-role/${principalArn.split('/').at(-1)}/{{SessionName}}`
}

/** bootstrapClusterCreatorAdminPermissions: whoever made the cluster is its admin. */
export function addCreatorAdmin(c: EksCall, cluster: Cluster): void {
  const principal = c.credentials.find(c.call.accessKeyId)?.principal
  if (!principal || principal.arn.includes(':assumed-role/')) return
  const entry = newEntry(cluster, { principalArn: principal.arn, principalId: principal.userId })
  entry.policies.set(adminPolicy, {
    policyArn: adminPolicy,
    accessScope: { type: 'cluster', namespaces: [] },
    associatedAt: nowSeconds(),
    modifiedAt: nowSeconds(),
  })
  cluster.accessEntries.set(entry.principalArn, entry)
}

const adminPolicy = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy'

/** EKS adds the entry of a managed node group's role by itself. */
export async function addNodeRoleEntry(
  c: EksCall,
  cluster: Cluster,
  roleArn: string,
): Promise<void> {
  if (cluster.authenticationMode === 'CONFIG_MAP' || cluster.accessEntries.has(roleArn)) return
  const principalId = await principalIdOf(c, roleArn)
  if (principalId !== undefined)
    cluster.accessEntries.set(
      roleArn,
      newEntry(cluster, { principalArn: roleArn, principalId, type: 'EC2_LINUX' }),
    )
}

export function entryOf(c: EksCall, cluster: Cluster): AccessEntry {
  const principalArn = c.params['principal'] ?? ''
  const entry = cluster.accessEntries.get(principalArn)
  if (!entry)
    throw resourceNotFound(
      `The specified principalArn could not be found. You can view your available access entries with 'list-access-entries'.`,
      { clusterName: cluster.name },
    )
  return entry
}

export function describeAccessEntry(c: EksCall) {
  const cluster = clusterOf(c)
  return { accessEntry: entryView(cluster, entryOf(c, cluster)) }
}

export function listAccessEntries(c: EksCall) {
  const policy = c.query.get('associatedPolicyArn')
  const entries = [...clusterOf(c).accessEntries.values()].filter(
    (entry) => policy === null || entry.policies.has(policy),
  )
  const { names, nextToken } = page(
    c.query,
    entries.map((entry) => entry.principalArn),
  )
  return { accessEntries: names, nextToken }
}

const updateSchema = z.object({
  kubernetesGroups: z.array(z.string()).optional(),
  username: z.string().optional(),
})

export function updateAccessEntry(c: EksCall) {
  const cluster = clusterOf(c)
  const entry = entryOf(c, cluster)
  const input = read(c, updateSchema)
  checkUsername(input.username)
  if (input.kubernetesGroups) entry.kubernetesGroups = input.kubernetesGroups
  if (input.username !== undefined) entry.username = input.username
  entry.modifiedAt = nowSeconds()
  return { accessEntry: entryView(cluster, entry) }
}

export function deleteAccessEntry(c: EksCall) {
  const cluster = clusterOf(c)
  cluster.accessEntries.delete(entryOf(c, cluster).principalArn)
  return {}
}

const entryView = (cluster: Cluster, entry: AccessEntry) => ({
  clusterName: cluster.name,
  principalArn: entry.principalArn,
  kubernetesGroups: entry.kubernetesGroups,
  accessEntryArn: entry.arn,
  createdAt: entry.createdAt,
  modifiedAt: entry.modifiedAt,
  tags: entry.tags,
  username: entry.username,
  type: entry.type,
})
