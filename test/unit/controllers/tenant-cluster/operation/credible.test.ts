// Which outcomes a manager believes.
import { expect, test } from 'vitest'
import type { OperationOutcome } from '../../../../../operator/api/tenant/tenant-lease.ts'
import { incredible } from '../../../../../operator/controllers/tenant-cluster/operation/credible.ts'
import { expectedEksEndpoint } from '../../../../../operator/aws/access/endpoint.ts'
import { newCertificateAuthority } from '../../../../support/certificate-authority.ts'

const operation = {
  id: 'op-1',
  kind: 'Update',
  generation: 2,
  step: 'Nodes',
  startedAt: '2026-01-01T00:00:00Z',
  attempt: 1,
  fence: 5,
} as const
const known = {
  uid: 'u',
  generation: 3,
  fence: 5,
  physicalName: 'b-0',
  expectedEndpoint: (endpoint: string) =>
    expectedEksEndpoint(endpoint, { region: 'eu-west-1', sandbox: false }),
}
const outputs = {
  clusterName: 'b-0',
  endpoint: 'https://B1.gr7.eu-west-1.eks.amazonaws.com',
  certificateAuthority: newCertificateAuthority(),
}
const outcome: OperationOutcome = {
  operationId: 'op-1',
  uid: 'u',
  namespace: 'a',
  name: 'b',
  fence: 5,
  kind: 'Update',
  generation: 2,
  result: 'Succeeded',
  outputs,
  finishedAt: '2026-01-01T00:00:00Z',
}

test.each<[string, Partial<OperationOutcome>]>([
  ['as the worker writes it', {}],
  ['of a spec that came in the meantime', { generation: 3 }],
  ['of a failure, which has no outputs', { result: 'Failed', outputs: undefined }],
])('believes one %s', (_, change) => {
  expect(incredible({ ...outcome, ...change }, operation, known)).toBeUndefined()
})

test('believes a deletion without outputs', () => {
  const deletion = { ...outcome, kind: 'Delete' as const, outputs: undefined }
  expect(incredible(deletion, { ...operation, kind: 'Delete' }, known)).toBeUndefined()
})

test.each<[string, Partial<OperationOutcome>, string]>([
  ['another tenant', { uid: 'v' }, 'uid: expected u, got v'],
  ['another kind of operation', { kind: 'Delete' }, 'kind: expected Update, got Delete'],
  ['a worker that is out of date', { fence: 4 }, 'fence: expected 5, got 4'],
  ['a worker to come', { fence: 6 }, 'fence: expected 5, got 6'],
  ['an older spec', { generation: 1 }, 'generation: expected 2 to 3, got 1'],
  ['a spec that never was', { generation: 4 }, 'generation: expected 2 to 3, got 4'],
  ['a success without outputs', { outputs: undefined }, 'outputs: expected those'],
  ['another cluster', { outputs: { ...outputs, clusterName: 'c' } }, 'outputs.clusterName: expected b-0'], // prettier-ignore
  ['another place', { outputs: { ...outputs, endpoint: 'https://a.example' } }, 'outputs.endpoint'],
  ['no authority', { outputs: { ...outputs, certificateAuthority: 'QQ==' } }, 'outputs.certificateAuthority'], // prettier-ignore
])('does not believe one of %s, and says what speaks against it', (_, change, message) => {
  expect(incredible({ ...outcome, ...change }, operation, known)).toContain(message)
})

test('does not believe a lease that went back to a lower number than the status has seen', () => {
  const back = { ...known, fence: 4 }
  expect(incredible({ ...outcome, fence: 4 }, operation, back)).toBe('fence: expected 5, got 4')
})

test('before the status has seen a Lease, its number alone counts', () => {
  const { fence: _, ...fresh } = operation
  const first = { ...known, fence: 0 }
  expect(incredible({ ...outcome, fence: 0 }, fresh, first)).toBeUndefined()
})

test('what is said of a long word is cut', () => {
  const uid = 'x'.repeat(500)
  expect(incredible({ ...outcome, uid }, operation, known)).toBe(
    `uid: expected u, got ${'x'.repeat(100)}`,
  )
})
