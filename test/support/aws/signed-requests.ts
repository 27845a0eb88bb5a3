// What the unit tests of the AWS double share: known credentials and requests signed by AWS's own signer.
import { createHash, createHmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'
import { credentials } from '../../sandbox/aws/auth/credentials.ts'

export const pair = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret/with+signs' }
export const principal = { arn: 'arn:aws:iam::123456789012:user/dev', userId: 'AIDAEXAMPLE' }

export function knownCredentials(now: () => number) {
  const known = credentials({ now })
  known.add({ ...pair, principal })
  return known
}

class Sha256 {
  readonly #hash
  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    if (secret === undefined) this.#hash = createHash('sha256')
    else
      this.#hash = createHmac(
        'sha256',
        typeof secret === 'string' ? secret : Buffer.from(secret as Uint8Array),
      )
  }
  update(data: string | Uint8Array) {
    this.#hash.update(data)
  }
  async digest() {
    return new Uint8Array(this.#hash.digest())
  }
  reset() {
    throw new Error('not used by the signer')
  }
}

export function signer(
  service: string,
  region: string,
  key: { accessKeyId: string; secretAccessKey: string; sessionToken?: string } = pair,
) {
  return new SignatureV4({
    service,
    region,
    credentials: key,
    sha256: Sha256 as never,
    applyChecksum: true,
  })
}

export type TokenOptions = {
  clusterName: string
  at: Date
  region?: string
  key?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
  hostname?: string
}

/** As `aws eks get-token` makes it. */
export async function mintToken(o: TokenOptions): Promise<string> {
  const region = o.region ?? 'eu-west-1'
  const hostname = o.hostname ?? `sts.${region}.amazonaws.com`
  const signed = await signer('sts', region, o.key).presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host: hostname, 'x-k8s-aws-id': o.clusterName },
    },
    { expiresIn: 60, signingDate: o.at, unhoistableHeaders: new Set(['x-k8s-aws-id']) },
  )
  const query = Object.entries(signed.query ?? {})
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`)
    .join('&')
  return `k8s-aws-v1.${Buffer.from(`https://${hostname}/?${query}`).toString('base64url')}`
}
