// Where a token for a tenant cluster may go.
import { expect, test } from 'vitest'
import { expectedEksEndpoint } from '../../../../operator/aws/access/endpoint.ts'
import { outputsProblem as problemOf } from '../../../../operator/api/tenant/cloud-outputs.ts'
import { newCertificateAuthority } from '../../../support/certificate-authority.ts'

type Own = { physicalName: string | undefined; region: string; sandbox: boolean }
const outputsProblem = (claim: typeof good, { physicalName, ...place }: Own) =>
  problemOf(claim, {
    physicalName,
    expectedEndpoint: (endpoint) => expectedEksEndpoint(endpoint, place),
  })

const certificateAuthority = newCertificateAuthority()
const host = 'B1A2C3D4E5F60718293A4B5C6D7E8F90.gr7.eu-west-1.eks.amazonaws.com'
const good = {
  clusterName: 'a-0',
  endpoint: `https://${host}`,
  certificateAuthority,
}
const own = { physicalName: 'a-0', region: 'eu-west-1', sandbox: false }
const inChina = `https://B1.sk1.cn-north-1.eks.amazonaws.com.cn`

test.each([
  ['of EKS', {}, own],
  ['of EKS without a shard', { endpoint: 'https://B1.eu-west-1.eks.amazonaws.com' }, own],
  ['of EKS in China', { endpoint: inChina }, { ...own, region: 'cn-north-1' }],
  ['of GovCloud', { endpoint: 'https://B1.gr7.us-gov-west-1.eks.amazonaws.com' }, { ...own, region: 'us-gov-west-1' }], // prettier-ignore
  ['of a sandbox that was configured', { endpoint: 'https://127.0.0.1:6443' }, { ...own, sandbox: true }], // prettier-ignore
])('an endpoint %s is taken', (_, change, expected) => {
  expect(outputsProblem({ ...good, ...change }, expected)).toBeUndefined()
})

test.each([
  'https://attacker.example',
  `http://${host}`,
  `https://${host}.attacker.example`,
  `https://${host}:6443`,
  `https://${host}/`,
  `https://${host}@attacker.example`,
  `https://attacker.example#.gr7.eu-west-1.eks.amazonaws.com`,
  `https://attacker.example/.eu-west-1.eks.amazonaws.com`,
  `https://attacker.example?x.eu-west-1.eks.amazonaws.com`,
  `https://user:password@B1.gr7.eu-west-1.eks.amazonaws.com`,
  `https://attacker\n.eu-west-1.eks.amazonaws.com`,
  'https://B1.gr7.us-east-1.eks.amazonaws.com',
  'https://B1.gr7.eu-west-1.eks.amazonaws.com.cn',
  'https://.eu-west-1.eks.amazonaws.com',
  'https://eu-west-1.eks.amazonaws.com',
  'https://127.0.0.1:6443',
  'https://169.254.169.254',
  '',
])('the endpoint %j is none of EKS in eu-west-1', (endpoint) => {
  expect(outputsProblem({ ...good, endpoint }, own)).toContain(
    'endpoint: expected an endpoint of EKS',
  )
})

test.each([
  'http://127.0.0.1:6443',
  'https://me:secret@127.0.0.1',
  'file:///etc/passwd',
  'nothing',
])('the endpoint %j is none of a sandbox', (endpoint) => {
  const problem = outputsProblem({ ...good, endpoint }, { ...own, sandbox: true })
  expect(problem).toContain('endpoint: expected an https URL')
})

const base64 = (text: string) => Buffer.from(text).toString('base64')
const real = Buffer.from(certificateAuthority, 'base64').toString()

test.each([
  ['nothing', ''],
  ['text', base64('trust me')],
  ['PEM without base64', real],
  ['PEM of nothing', base64('-----BEGIN CERTIFICATE-----\nQ0E=\n-----END CERTIFICATE-----\n')],
  ['a certificate and then something else that calls itself one', base64(`${real}-----BEGIN CERTIFICATE-----\nQQ==\n-----END CERTIFICATE-----`)], // prettier-ignore
])('%s is no certificate authority', (_, given) => {
  expect(outputsProblem({ ...good, certificateAuthority: given }, own)).toContain(
    'certificateAuthority',
  )
})

test('the cluster is the one that the status names, and the message says what was given at no great length', () => {
  expect(outputsProblem({ ...good, clusterName: 'b-1' }, own)).toBe(
    'clusterName: expected a-0, got "b-1"',
  )
  expect(outputsProblem(good, { ...own, physicalName: undefined })).toContain('clusterName')
  expect(outputsProblem({ ...good, clusterName: 'x'.repeat(99_999) }, own)?.length).toBeLessThan(
    300,
  )
})
