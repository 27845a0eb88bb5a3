// The AWS credentials of a tenant, as the Secret that spec.provider.aws.credentialsRef names holds them.
import type { Fault } from '../../api/faults/fault.ts'
import { credentialsMissing } from '../../api/tenant/provider.ts'
import type { TenantClusterSpec } from '../../api/tenant/tenant-cluster.ts'

export type AwsCredentials = {
  accessKeyId: string
  secretAccessKey: string
  sessionToken?: string
}

const required = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const

export type AwsAccess = {
  region: string
  credentials: AwsCredentials
  /** Instead of AWS itself. */
  endpoint?: string | undefined
  /** As the variables HTTPS_PROXY, HTTP_PROXY and NO_PROXY, which Node's agents read in this form too. */
  proxy?: Record<string, string> | undefined
}

/** From the Secret's data, decoded. */
export function parseCredentials(
  data: Record<string, string>,
  spec: Pick<TenantClusterSpec, 'provider'>,
): AwsCredentials | Fault {
  const absent = required.filter((key) => !data[key]?.trim())
  if (absent.length > 0) return credentialsMissing(spec, absent)
  return {
    accessKeyId: (data['AWS_ACCESS_KEY_ID'] ?? '').trim(),
    secretAccessKey: (data['AWS_SECRET_ACCESS_KEY'] ?? '').trim(),
    ...(data['AWS_SESSION_TOKEN'] && { sessionToken: data['AWS_SESSION_TOKEN'].trim() }),
  }
}

export const isFault = (value: AwsCredentials | Fault): value is Fault => 'code' in value

/** What the AWS provider and the SDK of a runner read; nothing else of a tenant's identity reaches it. */
export const credentialsEnvironment = (
  credentials: AwsCredentials,
  aws: Pick<AwsAccess, 'region' | 'endpoint' | 'proxy'>,
): Record<string, string> => ({
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  ...(credentials.sessionToken && { AWS_SESSION_TOKEN: credentials.sessionToken }),
  AWS_REGION: aws.region,
  ...(aws.endpoint && { AWS_ENDPOINT_URL: aws.endpoint }),
  // Never in small letters: gRPC in Node heeds those alone, and would look for the engine behind the proxy.
  ...aws.proxy,
})
