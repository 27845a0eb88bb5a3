// EKS Pod Identity associations: which IAM role the pods of a service account get.
import { z } from 'zod'
import { invalidParameter, resourceInUse, resourceNotFound } from '../errors.ts'
import { arnOf, clusterOf, hexId, isRepeat, nowSeconds, page, read, tokenOf } from '../service.ts'
import type { EksCall } from '../service.ts'
import type { Addon, Cluster, PodIdentity } from '../state.ts'

const createSchema = z.object({
  namespace: z.string(),
  serviceAccount: z.string(),
  roleArn: z.string(),
  targetRoleArn: z.string().optional(),
  tags: z.record(z.string(), z.string()).optional(),
})

export function createPodIdentityAssociation(c: EksCall) {
  const cluster = clusterOf(c)
  const input = read(c, createSchema)
  const token = tokenOf(c)
  const repeated = [...cluster.podIdentities.values()].find((known) => isRepeat(known.token, token))
  if (repeated) return { association: view(cluster, repeated) }
  return { association: view(cluster, add(c, cluster, { ...input, token })) }
}

type NewIdentity = Pick<PodIdentity, 'namespace' | 'serviceAccount' | 'roleArn' | 'token'> & {
  tags?: Record<string, string> | undefined
  targetRoleArn?: string | undefined
  ownerArn?: string
}

function add(c: EksCall, cluster: Cluster, o: NewIdentity): PodIdentity {
  const names = { clusterName: cluster.name }
  if (!/^arn:aws[\w-]*:iam::\d{12}:role\//.test(o.roleArn))
    throw invalidParameter(`Role provided in the request does not exist: ${o.roleArn}`, names)
  const taken = [...cluster.podIdentities.values()].find(
    (known) => known.namespace === o.namespace && known.serviceAccount === o.serviceAccount,
  )
  if (taken) throw resourceInUse(`Association already exists: ${taken.id}`, names)
  const id = `a-${hexId(9).slice(0, 17)}`
  const identity: PodIdentity = {
    id,
    arn: arnOf(c.region, `podidentityassociation/${cluster.name}/${id}`),
    namespace: o.namespace,
    serviceAccount: o.serviceAccount,
    roleArn: o.roleArn,
    tags: o.tags ?? {},
    createdAt: nowSeconds(),
    modifiedAt: nowSeconds(),
    token: o.token,
    ...(o.targetRoleArn === undefined ? {} : { targetRoleArn: o.targetRoleArn }),
    ...(o.ownerArn === undefined ? {} : { ownerArn: o.ownerArn }),
  }
  cluster.podIdentities.set(id, identity)
  return identity
}

/** An add-on's associations belong to it; its pods live in kube-system. */
export function addAddonIdentities(
  c: EksCall,
  cluster: Cluster,
  o: { addon: Addon; wanted: { serviceAccount: string; roleArn: string }[] },
): void {
  o.addon.podIdentityAssociations = o.wanted.map(
    (wanted) =>
      add(c, cluster, {
        ...wanted,
        namespace: 'kube-system',
        ownerArn: o.addon.arn,
        token: { token: hexId(8), body: '' },
      }).arn,
  )
}

export function removeAddonIdentities(cluster: Cluster, addon: Addon): void {
  for (const identity of cluster.podIdentities.values())
    if (identity.ownerArn === addon.arn) cluster.podIdentities.delete(identity.id)
}

function identityOf(c: EksCall, cluster: Cluster): PodIdentity {
  const id = c.params['association'] ?? ''
  const identity = cluster.podIdentities.get(id)
  if (!identity)
    throw resourceNotFound(`No association found with id: ${id}`, { clusterName: cluster.name })
  return identity
}

export function describePodIdentityAssociation(c: EksCall) {
  const cluster = clusterOf(c)
  return { association: view(cluster, identityOf(c, cluster)) }
}

export function listPodIdentityAssociations(c: EksCall) {
  const cluster = clusterOf(c)
  const wanted = (key: 'namespace' | 'serviceAccount', identity: PodIdentity) =>
    c.query.get(key) === null || c.query.get(key) === identity[key]
  const found = [...cluster.podIdentities.values()].filter(
    (identity) => wanted('namespace', identity) && wanted('serviceAccount', identity),
  )
  const { names, nextToken } = page(
    c.query,
    found.map((identity) => identity.id),
  )
  return {
    associations: found
      .filter((identity) => names.includes(identity.id))
      .map((identity) => summary(cluster, identity)),
    nextToken,
  }
}

const updateSchema = z.object({
  roleArn: z.string().optional(),
  targetRoleArn: z.string().optional(),
})

export function updatePodIdentityAssociation(c: EksCall) {
  const cluster = clusterOf(c)
  const identity = identityOf(c, cluster)
  const input = read(c, updateSchema)
  if (input.roleArn !== undefined) identity.roleArn = input.roleArn
  if (input.targetRoleArn !== undefined) identity.targetRoleArn = input.targetRoleArn
  identity.modifiedAt = nowSeconds()
  return { association: view(cluster, identity) }
}

export function deletePodIdentityAssociation(c: EksCall) {
  const cluster = clusterOf(c)
  const identity = identityOf(c, cluster)
  cluster.podIdentities.delete(identity.id)
  return { association: view(cluster, identity) }
}

const summary = (cluster: Cluster, identity: PodIdentity) => ({
  clusterName: cluster.name,
  namespace: identity.namespace,
  serviceAccount: identity.serviceAccount,
  associationArn: identity.arn,
  associationId: identity.id,
  ...(identity.ownerArn === undefined ? {} : { ownerArn: identity.ownerArn }),
})

const view = (cluster: Cluster, identity: PodIdentity) => ({
  ...summary(cluster, identity),
  roleArn: identity.roleArn,
  tags: identity.tags,
  createdAt: identity.createdAt,
  modifiedAt: identity.modifiedAt,
  ...(identity.targetRoleArn === undefined ? {} : { targetRoleArn: identity.targetRoleArn }),
})
