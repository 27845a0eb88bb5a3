// The way to the API servers of the provider `test`, and what it is called. A token is signed with the key of the tenant's
// credentials, and checked by the cloud, which its API servers ask.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { OperationFault, type Fault } from '../../../operator/api/faults/fault.ts'
import type { ClusterAccess, Credentials } from '../../../operator/provider/contract.ts'
import { placeOf, secretField } from './spec.ts'

/** Keys of the Secret, and of the environment of a runner. */
export const credentialKeys = ['TEST_CLOUD_URL', 'TEST_CLOUD_KEY'] as const

const missing: Fault = {
  code: 'CredentialsMissing',
  inputPath: secretField,
  message: `${secretField}: expected a Secret with ${credentialKeys.join(' and ')}`,
  retryable: true,
}

const isWhole = (data: Credentials | undefined): data is Credentials =>
  credentialKeys.every((key) => data?.[key])

const lastsMs = 840_000

export const access: ClusterAccess = {
  credentialsFault: (_spec, data) => (isWhole(data) ? undefined : missing),
  expectedEndpoint: (_spec, endpoint) =>
    endpoint.startsWith('https://') ? undefined : 'an https URL',
  mintToken: async (_spec, { credentials, clusterName, now }) => {
    if (!isWhole(credentials)) throw new OperationFault(missing)
    const expiresAt = new Date(now.getTime() + lastsMs)
    const words = `${clusterName}.${expiresAt.getTime()}`
    return { token: `${words}.${signature(credentials['TEST_CLOUD_KEY'] ?? '', words)}`, expiresAt }
  },
}

/** Whether it is one for the cluster, signed with the key. */
export function isToken(token: string, o: { key: string; clusterName: string; now: number }) {
  const [name = '', expires = '', signed = ''] = token.split('.')
  const right = Buffer.from(signature(o.key, `${name}.${expires}`))
  const given = Buffer.from(signed)
  const isSigned = right.length === given.length && timingSafeEqual(right, given)
  return isSigned && name === o.clusterName && Number(expires) > o.now
}

const signature = (key: string, words: string) =>
  createHmac('sha256', key).update(words).digest('hex')

export const words = { title: 'Test', placeOf }
