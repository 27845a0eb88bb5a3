// Tokens that a test API server takes from whoever measures tenants, each another one, as those that are signed for EKS.
import { core, type Kube } from '../../operator/framework/index.ts'

const name = 'measuring'
const namespace = 'default'

/** An account that may do everything there, as the creator of an EKS cluster. */
export async function createMeasuringAccount(kube: Kube): Promise<void> {
  await kube.create(core.serviceAccount, { metadata: { name, namespace } })
  await kube.create(core.clusterRoleBinding, {
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  })
}

export async function measuringToken(kube: Kube, now: Date) {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`
  const spec = { expirationSeconds: 3_600 }
  const answer = (await kube.request('POST', path, { spec })) as { status: { token: string } } // a TokenRequest
  return { token: answer.status.token, expiresAt: new Date(now.getTime() + 900_000) }
}
