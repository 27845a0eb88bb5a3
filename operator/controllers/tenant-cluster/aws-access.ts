// The access of the manager to tenants on AWS: kubeconfigs with tokens that the tenant's credentials sign.
// Calls nothing: a token is signed here and checked by the API server that gets it.
import type { ProxyEnv } from 'node:http'
import { isFault, parseCredentials } from '../../aws/credentials.ts'
import { kubeconfig } from '../../aws/kubeconfig.ts'
import { eksToken } from '../../aws/token.ts'
import { reasonOf } from '../../api/reasons.ts'
import { connect, kubeconfigCredentials, Retry } from '../../framework/index.ts'
import type { TenantAccess } from './kubeconfig.ts'

const timeoutMs = 5_000

export const awsAccess = (proxy: ProxyEnv | undefined): TenantAccess => ({
  credentialsFault: (data, secret) => {
    const parsed = parseCredentials(data, secret)
    return isFault(parsed) ? parsed : undefined
  },
  mintKubeconfig: async ({ credentials: data, secret, ...cluster }) => {
    const credentials = parseCredentials(data, secret)
    if (isFault(credentials)) throw new Retry(reasonOf(credentials.code), credentials.message)
    const { token, expiresAt } = await eksToken({ ...cluster, credentials })
    return { text: kubeconfig({ ...cluster, token }), expiresAt }
  },
  connect: (text) =>
    connect(kubeconfigCredentials(text), {
      userAgent: 'cratekube-manager',
      timeoutMs,
      ...(proxy && { proxy }),
    }),
})
