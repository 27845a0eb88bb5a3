// Who may not be adopted, as the manager sees it, and what is said of those that are.
import { expect, test } from 'vitest'
import { awsManager } from '../../../../../operator/aws/manager.ts'
import {
  adoptedNote,
  livingOwner,
} from '../../../../../operator/controllers/tenant-cluster/operation/adoption.ts'
import { specOf, minimalSpec } from '../../../../support/tenant-cluster.ts'

const uid = (digit: string) => `${digit.repeat(8)}-0000-4000-8000-000000000000`
const tenant = (namespace: string, own: string, adopt?: string) => ({
  apiVersion: 'cratekube.io/v1alpha1',
  kind: 'TenantCluster',
  metadata: { namespace, name: 'b', uid: uid(own), resourceVersion: '1' },
  spec: specOf({ ...minimalSpec, ...(adopt !== undefined && { adopt: { uid: uid(adopt) } }) }),
})

test('one that lives is not adopted, whoever asks', () => {
  const all = [tenant('a', '1'), tenant('evil', '2', '1')]
  expect(livingOwner(tenant('evil', '2', '1'), all)).toMatchObject({
    code: 'AdoptionRefused',
    message: `spec.adopt.uid: expected the uid of a TenantCluster that is gone, got that of a/b, which is there`,
    retryable: false,
  })
})

test('one that is gone is, though somebody else names it too, who must not hold it up', () => {
  const all = [tenant('a', '3', '1'), tenant('evil', '2', '1')]
  expect(livingOwner(tenant('a', '3', '1'), all)).toBeUndefined()
})

test('its own is, where the stack was lost', () => {
  expect(livingOwner(tenant('a', '1', '1'), [tenant('a', '1', '1')])).toBeUndefined()
})

test('without spec.adopt there is nothing against it', () => {
  expect(livingOwner(tenant('a', '1'), [tenant('a', '1'), tenant('b', '1')])).toBeUndefined()
})

test.each([
  [{ account: '123456789012' }, 'account 123456789012'],
  [{}, 'account unknown'],
])('what is taken over is told by its place: %j', (account, place) => {
  const outputs = { clusterName: 'b-0', endpoint: '', certificateAuthority: '', ...account }
  const provider = () => awsManager({ variables: {} })
  const note = adoptedNote(tenant('a', '1'), uid('9'), { outputs, provider } as never)
  expect(note).toBe(
    `EKS cluster b-0 in ${place}, made by the TenantCluster with uid ${uid('9')}, is taken over; nothing was changed`,
  )
})
