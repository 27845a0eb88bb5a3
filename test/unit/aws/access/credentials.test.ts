import { expect, test } from 'vitest'
import {
  credentialsEnvironment,
  isFault,
  parseCredentials,
} from '../../../../operator/aws/access/credentials.ts'
import { tenantInput } from '../../../support/tenant-input.ts'

const { spec } = tenantInput({ aws: { credentialsRef: { name: 'payments-aws' } } })
const keys = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret' }

test('takes the keys of the Secret, without the line ends that editors add', () => {
  expect(parseCredentials({ ...keys, AWS_SECRET_ACCESS_KEY: 'secret\n' }, spec)).toEqual({
    accessKeyId: 'AKIA',
    secretAccessKey: 'secret',
  })
  expect(parseCredentials({ ...keys, AWS_SESSION_TOKEN: 'token' }, spec)).toMatchObject({
    sessionToken: 'token',
  })
})

test.for([
  [{}, 'expected the key AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in Secret payments-aws'],
  [
    { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: ' ' },
    'expected the key AWS_SECRET_ACCESS_KEY in Secret payments-aws',
  ],
] as const)('says by the name of the field what is missing of %j', ([data, what]) => {
  const fault = parseCredentials(data, spec)
  expect(isFault(fault)).toBe(true)
  expect(fault).toEqual({
    code: 'CredentialsMissing',
    inputPath: 'spec.provider.aws.credentialsRef.name',
    value: 'payments-aws',
    message: `spec.provider.aws.credentialsRef.name: ${what}`,
    retryable: true,
  })
})

test('gives a runner the credentials, the region and the endpoint, and nothing that is not set', () => {
  const credentials = { accessKeyId: 'AKIA', secretAccessKey: 'secret' }
  expect(credentialsEnvironment(credentials, { region: 'eu-west-1' })).toEqual({
    ...keys,
    AWS_REGION: 'eu-west-1',
  })
  expect(
    credentialsEnvironment(
      { ...credentials, sessionToken: 't' },
      { region: 'eu-west-1', endpoint: 'http://127.0.0.1:1' },
    ),
  ).toMatchObject({ AWS_SESSION_TOKEN: 't', AWS_ENDPOINT_URL: 'http://127.0.0.1:1' })
})

test('gives a runner the proxies, in capitals alone', () => {
  const proxy = { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'localhost' }
  const credentials = { accessKeyId: 'AKIA', secretAccessKey: 'secret' }
  expect(credentialsEnvironment(credentials, { region: 'eu-west-1', proxy })).toEqual({
    ...keys,
    ...proxy,
    AWS_REGION: 'eu-west-1',
  })
})
