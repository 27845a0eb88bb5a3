import { expect, test } from 'vitest'
import { eksToken } from '../../../../operator/aws/access/token.ts'

const request = {
  clusterName: 'payments-0a1b2c3d',
  region: 'eu-west-1',
  credentials: {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  },
  now: new Date('2026-11-21T06:00:00Z'),
}
const decode = (token: string) =>
  new URL(Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString())

// Recorded from botocore 1.43.11, SigV4QueryAuth with expires=60, as `aws eks get-token` uses it.
const recorded =
  'https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20261121%2Feu-west-1%2Fsts%2Faws4_request&X-Amz-Date=20261121T060000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host%3Bx-k8s-aws-id'
const signature = '8c5de50c199432472f804690ca87de334dd42debdfd3b4aa98e7c8157bcdff50'
const sessionToken = 'FwoGZXIvYXdzEXAMPLE/Token+with=chars'
const sessionSignature = 'b1bf71cbf121f326b4ccfa3774b80fa4114703c8690148e3a1f8d322ec88d8b2'

const parameters = (url: URL) => Object.fromEntries(url.searchParams)

test('is the same request, signed the same, as botocore makes', async () => {
  const { token } = await eksToken(request)
  expect(token).toMatch(/^k8s-aws-v1\.[\w-]+$/)
  const url = decode(token)
  const expected = new URL(`${recorded}&X-Amz-Signature=${signature}`)
  expect(url.origin + url.pathname).toBe(expected.origin + expected.pathname)
  expect(parameters(url)).toEqual(parameters(expected))
})

test('carries the token of temporary credentials', async () => {
  const credentials = { ...request.credentials, sessionToken }
  const url = decode((await eksToken({ ...request, credentials })).token)
  expect(parameters(url)).toMatchObject({
    'X-Amz-Security-Token': sessionToken,
    'X-Amz-Signature': sessionSignature,
  })
})

test('holds no parameter that EKS does not allow', async () => {
  const url = decode((await eksToken(request)).token)
  expect([...url.searchParams.keys()].toSorted()).toEqual([
    'Action',
    'Version',
    'X-Amz-Algorithm',
    'X-Amz-Credential',
    'X-Amz-Date',
    'X-Amz-Expires',
    'X-Amz-Signature',
    'X-Amz-SignedHeaders',
  ])
})

test('says a minute less than the quarter of an hour that EKS takes it for', async () => {
  expect((await eksToken(request)).expiresAt).toEqual(new Date('2026-11-21T06:14:00Z'))
})

test('is good for one cluster only', async () => {
  const other = await eksToken({ ...request, clusterName: 'other' })
  expect(decode(other.token).searchParams.get('X-Amz-Signature')).not.toBe(signature)
})
