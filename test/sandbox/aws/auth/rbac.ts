// Makes a cluster honour EKS access policies: binds the group of each policy (auth/token-review.ts puts users into it) to the
// Kubernetes role that the policy stands for.
import { policyGroups, policyName, policyRoles } from '../eks/access/access-policies.ts'
import type { AccessPolicy } from '../eks/state.ts'
import type { ApiClient } from '../../kubernetes/api-client.ts'
import { asAdmin } from '../backends/kubernetes.ts'

const rbac = '/apis/rbac.authorization.k8s.io/v1'
const apiVersion = 'rbac.authorization.k8s.io/v1'

export async function bindPolicies(kubeconfig: string, policies: AccessPolicy[]): Promise<void> {
  await asAdmin(kubeconfig, async (client) => {
    await bindClusterWide(client)
    for (const policy of policies)
      if (policy.accessScope.type === 'namespace') await bindInNamespaces(client, policy)
  })
}

async function bindClusterWide(client: ApiClient): Promise<void> {
  await client.apply(`${rbac}/clusterroles/eks:admin-view`, {
    apiVersion,
    kind: 'ClusterRole',
    metadata: { name: 'eks:admin-view' },
    rules: [
      { apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list', 'watch'] },
      { nonResourceURLs: ['*'], verbs: ['get'] },
    ],
  })
  for (const [policy, role] of Object.entries(policyRoles)) {
    const name = `eks:access-policy:${policy}`
    await client.apply(`${rbac}/clusterrolebindings/${name}`, {
      apiVersion,
      kind: 'ClusterRoleBinding',
      metadata: { name },
      ...binding(role, `eks-access-policy:${policy}`),
    })
  }
}

/** A namespace that does not exist yet is made: EKS grants the access before there is one, RBAC cannot. */
async function bindInNamespaces(client: ApiClient, policy: AccessPolicy): Promise<void> {
  const role = policyRoles[policyName(policy.policyArn)]
  if (role === undefined) return
  const groups = policyGroups(policy)
  for (const [i, namespace] of policy.accessScope.namespaces.entries()) {
    if ((await client.get(`/api/v1/namespaces/${namespace}`)) === undefined)
      await client.apply(`/api/v1/namespaces/${namespace}`, {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: namespace },
      })
    const name = `eks:access-policy:${policyName(policy.policyArn)}`
    await client.apply(`${rbac}/namespaces/${namespace}/rolebindings/${name}`, {
      apiVersion,
      kind: 'RoleBinding',
      metadata: { name, namespace },
      ...binding(role, groups[i] ?? ''),
    })
  }
}

const binding = (role: string, group: string) => ({
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: group }],
})
