// The cluster that this process belongs to: a kubeconfig file that its operator chose, else the pod's service account. Such a
// file may run commands and name files, so it is for operator/bin alone; clusters of others are reached by tenant-api.ts.
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { inClusterCredentials, type KubeCredentials } from './credentials.ts'
import { kubeconfigCredentials } from './kubeconfig.ts'

export function ownClusterCredentials(o: {
  kubeconfig?: string | undefined
  /** Of the kubeconfig; its current one by default. */
  context?: string | undefined
  env: NodeJS.ProcessEnv
}): KubeCredentials {
  if (!o.kubeconfig) return inClusterCredentials({ env: o.env })
  const text = readFileSync(o.kubeconfig, 'utf8')
  return kubeconfigCredentials(text, {
    dir: dirname(resolve(o.kubeconfig)),
    context: o.context,
    env: o.env,
  })
}
