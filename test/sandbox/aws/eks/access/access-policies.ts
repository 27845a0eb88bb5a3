// The policies of access entries, and which Kubernetes role each stands for.
import { z } from 'zod'
import { entryOf } from './access.ts'
import { invalidParameter, invalidRequest } from '../errors.ts'
import { clusterOf, nowSeconds, page, read } from '../service.ts'
import type { EksCall } from '../service.ts'
import type { AccessPolicy } from '../state.ts'

const prefix = 'arn:aws:eks::aws:cluster-access-policy/'

/** Real EKS authorizes by a webhook of its own; here RBAC does, through one group for each policy and scope. */
export const policyRoles: Record<string, string> = {
  AmazonEKSClusterAdminPolicy: 'cluster-admin',
  AmazonEKSAdminPolicy: 'admin',
  AmazonEKSEditPolicy: 'edit',
  AmazonEKSViewPolicy: 'view',
  AmazonEKSAdminViewPolicy: 'eks:admin-view',
}

export const policyName = (policyArn: string) => policyArn.slice(prefix.length)

/** `eks-access-policy:<Policy>` in the whole cluster, `eks-access-policy:<Policy>:<namespace>` in one namespace. */
export function policyGroups(policy: AccessPolicy): string[] {
  const group = `eks-access-policy:${policyName(policy.policyArn)}`
  return policy.accessScope.type === 'cluster'
    ? [group]
    : policy.accessScope.namespaces.map((namespace) => `${group}:${namespace}`)
}

const associateSchema = z.object({
  policyArn: z.string(),
  accessScope: z.object({
    type: z.enum(['cluster', 'namespace']),
    namespaces: z.array(z.string()).optional(),
  }),
})

export async function associateAccessPolicy(c: EksCall) {
  const cluster = clusterOf(c)
  const entry = entryOf(c, cluster)
  const { policyArn, accessScope } = read(c, associateSchema)
  const names = { clusterName: cluster.name }
  if (!policyArn.startsWith(prefix) || !(policyName(policyArn) in policyRoles))
    throw invalidParameter('The policyArn parameter format is not valid', names)
  if (entry.type !== 'STANDARD')
    throw invalidRequest('The operation is not supported for access entries of this type', names)
  const namespaces = accessScope.namespaces ?? []
  if ((accessScope.type === 'namespace') !== namespaces.length > 0)
    throw invalidParameter(
      'namespaces must be given with the type namespace, and only with it',
      names,
    )
  const policy: AccessPolicy = {
    policyArn,
    accessScope: { type: accessScope.type, namespaces },
    associatedAt: entry.policies.get(policyArn)?.associatedAt ?? nowSeconds(),
    modifiedAt: nowSeconds(),
  }
  entry.policies.set(policyArn, policy)
  // What holds in the whole cluster has been bound since its start.
  const running = cluster.status === 'ACTIVE' || cluster.status === 'UPDATING'
  if (running && accessScope.type === 'namespace') await c.bindAccessPolicies(cluster)
  return {
    clusterName: cluster.name,
    principalArn: entry.principalArn,
    associatedAccessPolicy: policy,
  }
}

export function disassociateAccessPolicy(c: EksCall) {
  entryOf(c, clusterOf(c)).policies.delete(c.params['policy'] ?? '')
  return {}
}

export function listAssociatedAccessPolicies(c: EksCall) {
  const cluster = clusterOf(c)
  const entry = entryOf(c, cluster)
  const { names, nextToken } = page(c.query, [...entry.policies.keys()])
  return {
    clusterName: cluster.name,
    principalArn: entry.principalArn,
    associatedAccessPolicies: names.map((name) => entry.policies.get(name)),
    nextToken,
  }
}

export function listAccessPolicies(c: EksCall) {
  const { names, nextToken } = page(c.query, Object.keys(policyRoles))
  return { accessPolicies: names.map((name) => ({ name, arn: prefix + name })), nextToken }
}
