// Who may call the double: every access key it knows, with secret and principal. Keys come from the control API and from
// replies of IAM and STS that pass through the front; a revoked key is refused like one that AWS never knew.
import { randomBytes } from 'node:crypto'
import { AwsError, badSignature, tokenExpired, unknownCredentials } from '../errors.ts'
import type { Policy } from '../iam/evaluate.ts'
import { verifyHeaderSignature } from './sigv4.ts'
import type { Authorization, SignedRequest } from './sigv4.ts'

export type Principal = {
  /** ARN as STS reports it: a user's, or an assumed role's session. */
  arn: string
  /** AIDA… of a user, AROA…:session of a role. */
  userId: string
  /** What it may do; anything when absent. */
  policy?: Policy
}

export type KeyPair = { accessKeyId: string; secretAccessKey: string; sessionToken?: string }

type Credential = KeyPair & { principal: Principal; revoked: boolean; expiresAt?: number }

export interface Credentials {
  add(o: KeyPair & { principal: Principal; expiresAt?: number }): void
  create(principal: Principal): KeyPair
  /** Temporary ones, until expire(). */
  createSession(principal: Principal): Required<KeyPair>
  /** Ends a session; false when the key is unknown. */
  expire(accessKeyId: string): boolean
  /** False when the key is unknown. */
  revoke(accessKeyId: string, revoked?: boolean): boolean
  find(accessKeyId: string): Credential | undefined
  list(): { accessKeyId: string; arn: string; revoked: boolean }[]
  /** Throws the error that AWS would answer with. */
  authenticate(request: SignedRequest, authorization: Authorization): Credential
}

const skewMs = 15 * 60_000

export function credentials(o: { now: () => number }): Credentials {
  const known = new Map<string, Credential>()
  return {
    add: (credential) => void known.set(credential.accessKeyId, { ...credential, revoked: false }),
    create(principal) {
      const pair = {
        accessKeyId: randomKeyId('AKIA'),
        secretAccessKey: randomBytes(30).toString('base64'),
      }
      known.set(pair.accessKeyId, { ...pair, principal, revoked: false })
      return pair
    },
    createSession(principal) {
      const pair = {
        accessKeyId: randomKeyId('ASIA'),
        secretAccessKey: randomBytes(30).toString('base64'),
        sessionToken: randomBytes(90).toString('base64'),
      }
      known.set(pair.accessKeyId, { ...pair, principal, revoked: false })
      return pair
    },
    expire(accessKeyId) {
      const credential = known.get(accessKeyId)
      if (credential) credential.expiresAt = o.now()
      return credential !== undefined
    },
    revoke(accessKeyId, revoked = true) {
      const credential = known.get(accessKeyId)
      if (credential) credential.revoked = revoked
      return credential !== undefined
    },
    find: (accessKeyId) => known.get(accessKeyId),
    list: () =>
      [...known.values()].map(({ accessKeyId, principal, revoked }) => ({
        accessKeyId,
        arn: principal.arn,
        revoked,
      })),
    authenticate(request, authorization) {
      const { accessKeyId, service } = authorization.scope
      const credential = known.get(accessKeyId)
      if (!credential || credential.revoked) throw unknownCredentials(service)
      if (credential.expiresAt !== undefined && credential.expiresAt <= o.now())
        throw tokenExpired(service)
      if (
        credential.sessionToken !== undefined &&
        request.headers['x-amz-security-token'] !== credential.sessionToken
      )
        throw unknownCredentials(service)
      if (Math.abs(o.now() - signedAt(request)) > skewMs)
        throw new AwsError(
          'SignatureDoesNotMatch',
          'Signature expired: the request is older than 15 minutes, or its clock is wrong',
          403,
        )
      if (!verifyHeaderSignature(request, authorization, credential.secretAccessKey))
        throw badSignature(service)
      return credential
    },
  }
}

function randomKeyId(prefix: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  return prefix + Array.from(randomBytes(16), (byte) => alphabet[byte % 32]).join('')
}

/** 20260101T000000Z */
export function parseAmzDate(text: string): number {
  const m = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text)
  return m ? Date.parse(`${m[1]}-${m[2]}-${m[3]}T${m[4]}:${m[5]}:${m[6]}Z`) : Number.NaN
}

function signedAt(request: SignedRequest): number {
  const header = request.headers['x-amz-date']
  const at = parseAmzDate(typeof header === 'string' ? header : '')
  return Number.isNaN(at) ? 0 : at
}
