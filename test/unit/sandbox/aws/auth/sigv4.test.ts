import { expect, test } from 'vitest'
import { AwsError } from '../../../../sandbox/aws/errors.ts'
import { parseAuthorization, verifyHeaderSignature } from '../../../../sandbox/aws/auth/sigv4.ts'
import { knownCredentials, pair, signer } from '../../../../support/aws/signed-requests.ts'

async function signed(o: {
  path?: string
  query?: Record<string, string | string[]>
  body?: string
  at?: Date
}) {
  const query = o.query ?? {}
  const request = await signer('eks', 'eu-west-1').sign(
    {
      method: 'POST',
      protocol: 'http:',
      hostname: '127.0.0.1',
      port: 1234,
      path: o.path ?? '/clusters',
      query,
      headers: { host: '127.0.0.1:1234', 'content-type': 'application/json' },
      body: o.body ?? '{"name":"a"}',
    },
    { signingDate: o.at ?? new Date() },
  )
  const rawQuery = Object.entries(query)
    .flatMap(([key, value]) =>
      [value].flat().map((one) => `${encodeURIComponent(key)}=${encodeURIComponent(one)}`),
    )
    .join('&')
  return {
    method: 'POST',
    path: o.path ?? '/clusters',
    rawQuery,
    headers: request.headers,
    body: o.body ?? '{"name":"a"}',
  }
}

function verifies(
  request: Awaited<ReturnType<typeof signed>>,
  secret = pair.secretAccessKey,
): boolean {
  const authorization = parseAuthorization(request.headers['authorization'])
  if (!authorization) throw new Error('no authorization header')
  return verifyHeaderSignature(request, authorization, secret)
}

test('accepts what the SDK signs: plain, encoded ARNs in the path, repeated and odd query parameters', async () => {
  expect(verifies(await signed({}))).toBe(true)
  expect(
    verifies(
      await signed({ path: '/clusters/a/access-entries/arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fx%2Fy' }),
    ),
  ).toBe(true)
  expect(
    verifies(
      await signed({ query: { tagKeys: ['b', 'a'], z: "it's (a) * value", nextToken: 'a+b/c==' } }),
    ),
  ).toBe(true)
  expect(verifies(await signed({ body: '' }))).toBe(true)
})

test('refuses a changed body, path or query, and another secret', async () => {
  const request = await signed({ query: { a: '1' } })
  expect(verifies({ ...request, body: '{"name":"b"}' })).toBe(false)
  expect(verifies({ ...request, path: '/clusters/x' })).toBe(false)
  expect(verifies({ ...request, rawQuery: 'a=2' })).toBe(false)
  expect(verifies(request, 'other')).toBe(false)
})

test('answers as AWS does to unknown, revoked and old credentials', async () => {
  const keys = knownCredentials(Date.now)
  const request = await signed({})
  const authorization = parseAuthorization(request.headers['authorization'])
  if (!authorization) throw new Error('no authorization header')
  const code = (change: { scope?: object; at?: number } = {}) => {
    try {
      keys.authenticate(request, {
        ...authorization,
        scope: { ...authorization.scope, ...change.scope },
      })
      return 'accepted'
    } catch (error) {
      return error instanceof AwsError ? error.code : error
    }
  }
  expect(code()).toBe('accepted')
  expect(code({ scope: { accessKeyId: 'AKIAUNKNOWN' } })).toBe('UnrecognizedClientException')
  expect(code({ scope: { accessKeyId: 'AKIAUNKNOWN', service: 'iam' } })).toBe(
    'InvalidClientTokenId',
  )
  expect(code({ scope: { accessKeyId: 'AKIAUNKNOWN', service: 'ec2' } })).toBe('AuthFailure')
  keys.revoke(pair.accessKeyId)
  expect(code()).toBe('UnrecognizedClientException')
  keys.revoke(pair.accessKeyId, false)
  expect(code()).toBe('accepted')
  const old = await signed({ at: new Date(Date.now() - 16 * 60_000) })
  const oldAuthorization = parseAuthorization(old.headers['authorization'])
  if (!oldAuthorization) throw new Error('no authorization header')
  expect(() => keys.authenticate(old, oldAuthorization)).toThrow('expired')
})
