// A kubeconfig for a tenant cluster, with a short-lived token. The context is the cluster's name, by which the add-ons
// program finds it.
import { dump } from 'js-yaml'

export type KubeconfigInput = {
  clusterName: string
  server: string
  /** PEM, base64. */
  certificateAuthority: string
  token: string
}

export function kubeconfig(o: KubeconfigInput): string {
  const name = o.clusterName
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name,
        cluster: { server: o.server, 'certificate-authority-data': o.certificateAuthority },
      },
    ],
    users: [{ name, user: { token: o.token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  })
}
