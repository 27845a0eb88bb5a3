// The access of the manager to tenants on AWS: tokens that the tenant's credentials sign.
// Calls nothing: a token is signed here and checked by the API server that gets it.
import type { ProxyEnv } from 'node:http'
import { isFault, parseCredentials } from '../../../aws/access/credentials.ts'
import { eksToken } from '../../../aws/access/token.ts'
import { reasonOf } from '../../../api/faults/reasons.ts'
import { connectTenant, Retry } from '../../../framework/index.ts'
import type { TenantAccess } from './tenant-clients.ts'

const timeoutMs = 5_000

export const awsAccess = (proxy: ProxyEnv | undefined): TenantAccess => ({
  credentialsFault: (data, secret) => {
    const parsed = parseCredentials(data, secret)
    return isFault(parsed) ? parsed : undefined
  },
  mintToken: async ({ credentials: data, secret, ...cluster }) => {
    const credentials = parseCredentials(data, secret)
    if (isFault(credentials)) throw new Retry(reasonOf(credentials.code), credentials.message)
    return await eksToken({ ...cluster, credentials })
  },
  connect: (api) =>
    connectTenant(api, {
      userAgent: 'cratekube-manager',
      timeoutMs,
      ...(proxy && { proxy }),
    }),
})
