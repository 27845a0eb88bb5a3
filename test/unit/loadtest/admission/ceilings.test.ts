// The operator's own check of the ceilings, and how it reads them.
import { describe, expect, test } from 'vitest'
import { ceilingProblems, type Ceilings } from '../../../../operator/loadtest/admission/ceilings.ts'
import { parseLimits } from '../../../../operator/loadtest/admission/limits.ts'
import { masterJob } from '../../../../operator/loadtest/resources/index.ts'
import { allowed, refused } from '../../../support/loadtest/ceiling-cases.ts'
import { defaults, spec, subject } from '../../../support/loadtest/subjects.ts'

function ceilings(data: Record<string, string>): Ceilings {
  const limits = parseLimits(data, 'ConfigMap a/b')
  if (typeof limits === 'string') throw new Error(limits)
  return limits
}

test.each(refused)('%j refuses %j', (data, more, message) =>
  expect(ceilingProblems(spec(more), ceilings(data))).toEqual([message]),
)
test.each(allowed)('%j allows %j', (data, more) =>
  expect(ceilingProblems(spec(more), ceilings(data))).toEqual([]),
)

test('a test without a limit gets the administrator’s', () => {
  const settings = { ...defaults, ceilings: ceilings({ maxDurationSeconds: '60' }) }
  expect(masterJob(subject(), settings).spec).toMatchObject({ activeDeadlineSeconds: 60 })
  const own = masterJob(subject({ maxDurationSeconds: 5 }), settings)
  expect(own.spec).toMatchObject({ activeDeadlineSeconds: 5 })
})

describe('what cannot be read is named, and is no permission', () => {
  test.each([{ workers: 'many' }, { users: '-1' }, { maxDurationSeconds: '1h' }])('%j', (data) => {
    const [[name, value] = []] = Object.entries(data)
    expect(parseLimits(data, 'ConfigMap a/b')).toBe(
      `the limits of the load-test operator cannot be read: ConfigMap a/b: data.${name}: expected a whole number, got ${value}`,
    )
  })
})
