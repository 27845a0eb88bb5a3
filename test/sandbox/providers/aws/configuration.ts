// Configuration of the aws provider: what `new aws.Provider(...)` or `aws:` config hands over. Pulumi passes everything
// that is not a string as JSON text.
import type { CheckFailure } from '../../../../operator/engine/embedded/providers/provider.ts'
import type { Props } from '../../../../operator/engine/embedded/values/props.ts'
import { unwrapped, textOf } from '../values.ts'
import { isObject } from '../../../../operator/engine/embedded/values/values.ts'
import type { ProviderConfig } from './context.ts'
import { asTags } from './tags.ts'

const known = new Set([
  'region', 'accessKey', 'secretKey', 'token', 'defaultTags', 'endpoints', 'allowedAccountIds',
  'skipCredentialsValidation', 'skipRegionValidation', 'skipMetadataApiCheck', 'skipRequestingAccountId',
  'maxRetries', 'retryMode', 'version', '__internal',
]) // prettier-ignore

export const unsupportedConfig = (inputs: Props): CheckFailure[] =>
  Object.keys(inputs)
    .filter((key) => !known.has(key))
    .map((property) => ({
      property,
      reason: `the aws provider double does not support the provider setting "${property}"`,
    }))

export function parseConfig(
  inputs: Props,
  env: Record<string, string | undefined>,
): ProviderConfig & { validate: boolean; allowedAccountIds: string[] } {
  const setting = (key: string) => fromText(unwrapped(inputs[key]))
  const region = setting('region') ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION']
  if (typeof region !== 'string' || region === '')
    throw new Error('missing required configuration key "aws:region"')
  const accessKeyId = setting('accessKey')
  const secretAccessKey = setting('secretKey')
  const sessionToken = setting('token')
  const defaultTags = setting('defaultTags')
  const allowed = setting('allowedAccountIds')
  return {
    region,
    defaultTags: isObject(defaultTags) ? asTags(defaultTags['tags']) : {},
    endpoints: endpointsOf(setting('endpoints')),
    pollMs: Number(env['CRATEKUBE_POLL_MS'] ?? 200),
    validate: textOf(setting('skipCredentialsValidation')) !== 'true',
    allowedAccountIds: Array.isArray(allowed) ? allowed.map(String) : [],
    ...(typeof accessKeyId === 'string' && typeof secretAccessKey === 'string'
      ? {
          credentials: {
            accessKeyId,
            secretAccessKey,
            ...(typeof sessionToken === 'string' ? { sessionToken } : {}),
          },
        }
      : {}),
  }
}

function endpointsOf(value: unknown): Record<string, string> {
  const list = Array.isArray(value) ? value.filter(isObject) : []
  return Object.fromEntries(
    list.flatMap((entry) => Object.entries(entry).map(([service, url]) => [service, String(url)])),
  )
}

function fromText(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch (error) {
    throw new Error(`provider setting is not JSON: ${value}`, { cause: error })
  }
}
