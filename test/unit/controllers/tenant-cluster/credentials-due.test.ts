// When credentials that AWS refused are tried again though nobody touched the Secret.
import { expect, test } from 'vitest'
import { credentialsDue } from '../../../../operator/controllers/tenant-cluster/status.ts'
import type { HistoryEntry } from '../../../../operator/api/tenant/tenant-cluster-status.ts'

const now = new Date('2026-01-01T00:10:00Z')

const refused = (agoSeconds: number, attempts: number) => {
  const finishedAt = new Date(now.getTime() - agoSeconds * 1000).toISOString()
  const last = { id: 'a', kind: 'Create', generation: 1, result: 'Failed' } as const
  const history: HistoryEntry[] = [{ ...last, startedAt: finishedAt, finishedAt }]
  return { history, retry: { generation: 1, attempts } }
}

test.each([
  [29.999, 1, false],
  [30, 1, true],
  [60, 6, false],
  [64, 6, true],
  [299, 20, false],
  [300, 20, true],
])('%i s after attempt %i: %s', (agoSeconds, attempts, due) => {
  expect(credentialsDue(refused(agoSeconds, attempts), now)).toBe(due)
})

test('never before anything was tried', () => {
  expect(credentialsDue({}, now)).toBe(false)
})
