// Verifies an EKS bearer token (`k8s-aws-v1.` and a presigned GetCallerIdentity), step by step as aws-iam-authenticator does.
// It hands the request to STS; we hold the secrets and check the signature here.
import type { Credentials, Principal } from './credentials.ts'
import { parseAmzDate } from './credentials.ts'
import { parseScope } from '../call.ts'
import { verifyPresigned } from './sigv4.ts'

export class TokenRefused extends Error {
  override readonly name = 'TokenRefused'
}

export type VerifiedToken = { principal: Principal; accessKeyId: string }

const prefix = 'k8s-aws-v1.'
const lifetimeMs = 15 * 60_000
const allowed = new Set([
  'Action',
  'Version',
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Date',
  'X-Amz-Expires',
  'X-Amz-Security-Token',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
])

export function verifyToken(
  token: string,
  o: { clusterName: string; now: number; credentials: Credentials },
): VerifiedToken {
  const url = presignedUrl(token)
  const query = parametersOf(url)
  refuse(
    query.get('Action') !== 'GetCallerIdentity',
    'unexpected action parameter in pre-signed URL',
  )
  refuse(query.get('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256', 'unexpected signature algorithm')
  refuse(
    !(query.get('X-Amz-SignedHeaders') ?? '').split(';').includes('x-k8s-aws-id'),
    'client did not sign the x-k8s-aws-id header in the pre-signed URL',
  )
  const expires = Number(query.get('X-Amz-Expires'))
  refuse(!(expires >= 0 && expires <= 900), 'invalid X-Amz-Expires parameter in pre-signed URL')
  const signedAt = parseAmzDate(query.get('X-Amz-Date') ?? '')
  refuse(Number.isNaN(signedAt), 'X-Amz-Date parameter must be present in pre-signed URL')
  refuse(
    o.now - signedAt > lifetimeMs || signedAt - o.now > lifetimeMs,
    'X-Amz-Date parameter is expired',
  )
  return verifySignature(url, query, o)
}

function presignedUrl(token: string): URL {
  refuse(token.length > 4096, 'token is too large')
  refuse(!token.startsWith(prefix), `token is missing expected "${prefix}" prefix`)
  refuse(!/^[\w-]+$/.test(token.slice(prefix.length)), 'token is not base64url')
  const text = Buffer.from(token.slice(prefix.length), 'base64url').toString('utf8')
  refuse(!URL.canParse(text), 'token is no URL')
  const url = new URL(text)
  refuse(url.protocol !== 'https:', `unexpected scheme "${url.protocol}" in pre-signed URL`)
  refuse(
    !/^sts\.[a-z0-9-]+\.amazonaws\.com$/.test(url.host),
    `unexpected hostname "${url.host}" in pre-signed URL`,
  )
  refuse(url.pathname !== '/', 'unexpected path in pre-signed URL')
  return url
}

function parametersOf(url: URL): URLSearchParams {
  const names = [...url.searchParams.keys()]
  const stranger = names.find((name) => !allowed.has(name))
  refuse(stranger !== undefined, `non-whitelisted query parameter "${stranger}"`)
  refuse(new Set(names).size !== names.length, 'query parameter with multiple values not supported')
  return url.searchParams
}

function verifySignature(
  url: URL,
  query: URLSearchParams,
  o: { clusterName: string; now: number; credentials: Credentials },
): VerifiedToken {
  const scope = parseScope(query.get('X-Amz-Credential') ?? '')
  if (scope?.service !== 'sts' || url.host !== `sts.${scope.region}.amazonaws.com`)
    throw new TokenRefused('X-Amz-Credential is not for this STS endpoint')
  const credential = o.credentials.find(scope.accessKeyId)
  if (!credential || credential.revoked) throw new TokenRefused('the access key is not valid')
  refuse(
    credential.expiresAt !== undefined && credential.expiresAt <= o.now,
    'the session has expired',
  )
  refuse(
    (query.get('X-Amz-Security-Token') ?? undefined) !== credential.sessionToken,
    'the session token is not valid',
  )
  const request = {
    method: 'GET',
    path: '/',
    rawQuery: url.search.slice(1),
    headers: { host: url.host, 'x-k8s-aws-id': o.clusterName },
    body: '',
  }
  refuse(
    !verifyPresigned(request, scope, credential.secretAccessKey),
    'the signature does not match',
  )
  return { principal: credential.principal, accessKeyId: scope.accessKeyId }
}

function refuse(condition: boolean, why: string): void {
  if (condition) throw new TokenRefused(why)
}
