// Verifies AWS Signature Version 4, in the Authorization header and in presigned query strings, with the secret we hold.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { parseScope } from '../call.ts'
import type { CredentialScope } from '../call.ts'

export type SignedRequest = {
  method: string
  path: string
  /** Without the leading question mark. */
  rawQuery: string
  headers: Record<string, string | string[] | undefined>
  body: Buffer | string
}

export type Authorization = { scope: CredentialScope; signedHeaders: string[]; signature: string }

export function parseAuthorization(header: string | undefined): Authorization | undefined {
  if (!header?.startsWith('AWS4-HMAC-SHA256 ')) return undefined
  const parts = new Map(
    header
      .slice('AWS4-HMAC-SHA256 '.length)
      .split(',')
      .map((part): [string, string] => {
        const at = part.indexOf('=')
        return [part.slice(0, at).trim(), part.slice(at + 1).trim()]
      }),
  )
  const scope = parseScope(parts.get('Credential'))
  const signature = parts.get('Signature')
  if (!scope || !signature) return undefined
  return { scope, signature, signedHeaders: (parts.get('SignedHeaders') ?? '').split(';') }
}

/** For every service but S3, which encodes the path once. */
export function verifyHeaderSignature(
  request: SignedRequest,
  authorization: Authorization,
  secret: string,
): boolean {
  const date = headerValue(request, 'x-amz-date')
  if (!date.startsWith(authorization.scope.date)) return false
  const declared = headerValue(request, 'x-amz-content-sha256')
  const payloadHash = declared === 'UNSIGNED-PAYLOAD' ? declared : sha256(request.body)
  if (declared !== '' && declared !== payloadHash) return false
  const expected = signatureOf(request, {
    ...authorization,
    secret,
    date,
    payloadHash,
    rawQuery: request.rawQuery,
  })
  return sameText(expected, authorization.signature)
}

/** The query carries everything, X-Amz-Signature included. */
export function verifyPresigned(
  request: SignedRequest,
  scope: CredentialScope,
  secret: string,
): boolean {
  const query = new URLSearchParams(request.rawQuery)
  const signature = query.get('X-Amz-Signature') ?? ''
  const rawQuery = request.rawQuery
    .split('&')
    .filter((part) => !part.startsWith('X-Amz-Signature='))
    .join('&')
  const expected = signatureOf(request, {
    scope,
    secret,
    rawQuery,
    date: query.get('X-Amz-Date') ?? '',
    signedHeaders: (query.get('X-Amz-SignedHeaders') ?? '').split(';'),
    payloadHash: sha256(''),
  })
  return sameText(expected, signature)
}

type Signing = {
  scope: CredentialScope
  secret: string
  date: string
  rawQuery: string
  signedHeaders: string[]
  payloadHash: string
}

function signatureOf(request: SignedRequest, o: Signing): string {
  const canonical = [
    request.method,
    request.path.split('/').map(encodeSegment).join('/'),
    canonicalQuery(o.rawQuery),
    ...o.signedHeaders.map((name) => `${name}:${headerValue(request, name)}`),
    '',
    o.signedHeaders.join(';'),
    o.payloadHash,
  ].join('\n')
  const { date, region, service } = o.scope
  const toSign = [
    'AWS4-HMAC-SHA256',
    o.date,
    `${date}/${region}/${service}/aws4_request`,
    sha256(canonical),
  ].join('\n')
  let key: Buffer | string = `AWS4${o.secret}`
  for (const part of [date, region, service, 'aws4_request'])
    key = createHmac('sha256', key).update(part).digest()
  return createHmac('sha256', key).update(toSign).digest('hex')
}

/** The path is already encoded once; the canonical one is encoded twice. */
const encodeSegment = (segment: string) => encodeRfc3986(segment)

function canonicalQuery(rawQuery: string): string {
  if (rawQuery === '') return ''
  return rawQuery
    .split('&')
    .map((part) => {
      const at = part.indexOf('=')
      const [key, value] = at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)]
      return `${reencode(key)}=${reencode(value)}`
    })
    .toSorted()
    .join('&')
}

const reencode = (text: string) => encodeRfc3986(decodeURIComponent(text.replaceAll('+', ' ')))

const encodeRfc3986 = (text: string) =>
  encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  )

function headerValue(request: SignedRequest, name: string): string {
  const value = request.headers[name]
  return (Array.isArray(value) ? value.join(',') : (value ?? '')).trim().replace(/\s+/g, ' ')
}

const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('hex')

function sameText(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
