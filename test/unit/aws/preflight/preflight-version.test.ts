// The version of the spec beside the one that the cluster runs.
import { expect, test } from 'vitest'
import { mismatchOf } from '../../../../operator/aws/preflight/preflight-version.ts'

test.for([
  ['1.36', '1.36', undefined],
  ['1.36', '1.35', undefined],
  ['1.36', '1.34', 'Set spec.kubernetesVersion to "1.35" first.'],
  ['1.35', '1.36', 'Set spec.kubernetesVersion to "1.36": '],
  ['1.9', '1.10', 'Set spec.kubernetesVersion to "1.10": '],
] as const)('%s wanted where %s runs', ([wanted, running, action]) => {
  const fault = mismatchOf(wanted, running)
  if (action === undefined) return expect(fault).toBeUndefined()
  expect(fault).toMatchObject({ code: 'AWS.VersionMismatch', retryable: false, value: wanted })
  expect(fault?.message).toContain(`the cluster runs ${running}`)
  return expect(fault?.action).toContain(action)
})
