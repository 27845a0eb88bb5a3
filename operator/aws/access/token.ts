// Bearer tokens for the API server of an EKS cluster: a presigned GetCallerIdentity, which the server hands to STS.
// Made without any call, so whoever needs one makes it anew; the same for manager and worker.
import { SignatureV4 } from '@smithy/signature-v4'
import type { AwsCredentials } from './credentials.ts'
import { Sha256 } from './sha256.ts'

export type TokenRequest = {
  clusterName: string
  region: string
  credentials: AwsCredentials
  now?: Date
}
export type Token = { token: string; expiresAt: Date }

/** EKS takes a token for 15 minutes from its date, whatever it says itself; a minute is left for clocks. */
const lifetimeMs = 14 * 60_000

export async function eksToken(request: TokenRequest): Promise<Token> {
  const { clusterName, region, credentials, now = new Date() } = request
  const hostname = `sts.${region}.amazonaws.com`
  const signer = new SignatureV4({ service: 'sts', region, credentials, sha256: Sha256 })
  const presigned = await signer.presign(
    {
      method: 'GET',
      protocol: 'https:',
      hostname,
      path: '/',
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { host: hostname, 'x-k8s-aws-id': clusterName },
    },
    // Unhoistable: in the query, where signers put headers by default, EKS refuses it.
    { expiresIn: 60, signingDate: now, unhoistableHeaders: new Set(['x-k8s-aws-id']) },
  )
  const query = new URLSearchParams(presigned.query as Record<string, string>) // single values, as given above
  const url = `https://${hostname}/?${query.toString().replaceAll('+', '%20')}`
  return {
    token: `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`,
    expiresAt: new Date(now.getTime() + lifetimeMs),
  }
}
