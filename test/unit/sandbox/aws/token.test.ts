import { expect, test } from 'vitest'
import { verifyToken } from '../../../sandbox/aws/auth/token.ts'
import {
  knownCredentials,
  mintToken,
  pair,
  principal,
} from '../../../support/aws/signed-requests.ts'
import type { TokenOptions } from '../../../support/aws/signed-requests.ts'

const at = new Date('2026-11-21T05:00:00Z')
const minutes = (n: number) => at.getTime() + n * 60_000

async function verify(
  o: Partial<TokenOptions> & { now?: number; clusterName?: string; as?: string },
) {
  const token = await mintToken({ at, clusterName: 'alpha', ...o })
  return verifyToken(token, {
    clusterName: o.as ?? 'alpha',
    now: o.now ?? minutes(1),
    credentials: knownCredentials(() => o.now ?? minutes(1)),
  })
}

test('accepts a token of this cluster for 15 minutes, whatever X-Amz-Expires says', async () => {
  expect(await verify({})).toEqual({ principal, accessKeyId: pair.accessKeyId })
  expect((await verify({ now: minutes(14.9) })).accessKeyId).toBe(pair.accessKeyId)
  await expect(verify({ now: minutes(16) })).rejects.toThrow('expired')
})

test('refuses the token of another cluster, another secret and another host', async () => {
  await expect(verify({ as: 'beta' })).rejects.toThrow('signature')
  await expect(verify({ key: { ...pair, secretAccessKey: 'wrong' } })).rejects.toThrow('signature')
  await expect(verify({ key: { ...pair, accessKeyId: 'AKIAOTHER' } })).rejects.toThrow('access key')
  await expect(verify({ hostname: 'sts.evil.example' })).rejects.toThrow('hostname')
  await expect(
    verify({ region: 'us-east-1', hostname: 'sts.eu-west-1.amazonaws.com' }),
  ).rejects.toThrow('endpoint')
})

test.each([
  ['no prefix', (url: string) => Buffer.from(url).toString('base64url'), 'prefix'],
  ['http', (url: string) => pack(url.replace('https', 'http')), 'scheme'],
  ['another path', (url: string) => pack(url.replace('.com/', '.com/x')), 'path'],
  [
    'another action',
    (url: string) => pack(url.replace('GetCallerIdentity', 'AssumeRole')),
    'action',
  ],
  [
    'a stranger among the parameters',
    (url: string) => pack(`${url}&x-id=GetCallerIdentity`),
    'non-whitelisted',
  ],
  [
    'a parameter twice',
    (url: string) => pack(`${url}&Action=GetCallerIdentity`),
    'multiple values',
  ],
  [
    'the cluster not signed',
    (url: string) => pack(url.replace('%3Bx-k8s-aws-id', '')),
    'x-k8s-aws-id',
  ],
  ['a long expiry', (url: string) => pack(url.replace('Expires=60', 'Expires=901')), 'Expires'],
  ['5 KB', (url: string) => pack(url + 'a'.repeat(5000)), 'too large'],
  ['no base64url', () => 'k8s-aws-v1.a+b/c=', 'base64url'],
])('refuses a token with %s', async (_, change, message) => {
  const url = Buffer.from(
    (await mintToken({ at, clusterName: 'alpha' })).slice('k8s-aws-v1.'.length),
    'base64url',
  ).toString()
  const refused = () =>
    verifyToken(change(url), {
      clusterName: 'alpha',
      now: minutes(1),
      credentials: knownCredentials(() => minutes(1)),
    })
  expect(refused).toThrow(message)
})

const pack = (url: string) => `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`
