// When a Secret of credentials is held, and when it is let go.
import { describe, expect, test } from 'vitest'
import type { OperationOutcome } from '../../../../../operator/api/tenant/tenant-lease.ts'
import {
  decideHold,
  outgrown,
  secretsOf,
  whoNeeds,
} from '../../../../../operator/controllers/tenant-cluster/access/hold-decision.ts'
import type { TenantObject } from '../../../../../operator/jobs/queue/tenant-kind.ts'
import { changed, specOf } from '../../../../support/tenant-cluster.ts'

const seen = { held: false, terminating: false, namespaceTerminating: false, neededToDelete: false }

test.each([
  ['a Secret that stands free', {}, 'hold'],
  ['one that is held', { held: true }, 'leave'],
  ['one that is held for a deletion', { held: true, neededToDelete: true }, 'leave'],
  ['one that somebody deleted by itself', { held: true, terminating: true }, 'let go'],
  ['one that goes by itself', { terminating: true }, 'leave'],
  ['one that goes with its namespace', { held: true, terminating: true, namespaceTerminating: true }, 'leave'],
  ['one that was deleted together with its TenantCluster', { held: true, terminating: true, neededToDelete: true }, 'leave'],
])('%s', (_, change, step) => {
  expect(decideHold({ ...seen, ...change })).toBe(step)
}) // prettier-ignore

const tenant = (uid: string, ref: string, heldSecrets?: string[], namespace = 'team') =>
  ({
    apiVersion: '',
    kind: '',
    metadata: { name: uid, namespace, uid, resourceVersion: '1', generation: 2 },
    spec: changed(specOf(), 'provider.aws.credentialsRef.name', ref),
    ...(heldSecrets && { status: { heldSecrets } }),
  }) satisfies TenantObject

describe('who needs a Secret', () => {
  test.each([
    ['who names it', tenant('1', 'aws'), true],
    ['who has held it and names another', tenant('1', 'new', ['aws']), true],
    ['nobody who names another', tenant('1', 'new', ['new']), false],
    ['nobody elsewhere', tenant('1', 'aws', ['aws'], 'other'), false],
    ['nobody who may go', tenant('gone', 'aws', ['aws']), false],
  ])('%s', (_, other, needs) => {
    const others = { tenants: [other], released: new Set(['gone']) }
    expect(whoNeeds('aws', 'team', others)).toEqual(needs ? [other] : [])
  })
})

test('a TenantCluster lets go of what it names and of what it has held, once', () => {
  expect(secretsOf(tenant('1', 'aws'))).toEqual(['aws'])
  expect(secretsOf(tenant('1', 'new', ['new', 'aws']))).toEqual(['new', 'aws'])
})

const outcome = (change: Partial<OperationOutcome> = {}): OperationOutcome => ({
  operationId: '1',
  uid: '1',
  namespace: 'team',
  name: '1',
  fence: 1,
  kind: 'Update',
  generation: 2,
  result: 'Succeeded',
  finishedAt: '2026-01-01T00:00:00.000Z',
  ...change,
})
const failed = (code: string) =>
  outcome({ result: 'Failed', fault: { code, message: '', retryable: true } })

describe('what is no longer needed after an operation', () => {
  const turned = tenant('1', 'new', ['new', 'aws'])
  test.each([
    ['the one before, when it has succeeded', turned, outcome(), ['aws']],
    ['also when it failed with the new one', turned, failed('AWS.Throttled'), ['aws']],
    ['nothing when the new one is of another account', turned, failed('AccountMismatch'), []],
    ['nothing when the new one was refused', turned, failed('CredentialsInvalid'), []],
    ['nothing when it was one of an older spec', turned, outcome({ generation: 1 }), []],
    ['nothing while the new one is not held', tenant('1', 'new', ['aws']), outcome(), []],
    ['never the present one', tenant('1', 'aws', ['aws']), outcome(), []],
    ['nothing of one that holds nothing', tenant('1', 'aws'), outcome(), []],
  ])('%s', (_, obj, ended, names) => {
    expect(outgrown(obj, ended)).toEqual(names)
  })
})
