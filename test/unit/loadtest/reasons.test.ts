// The catalogue of the reasons of load tests and the reasons that the operator gives are the same. Those of conditions the
// compiler holds to it; what is thrown, and what nothing gives any more, is looked for here.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  locustScheduleReasons,
  locustTestReasons,
} from '../../../operator/api/locust/locust-reasons.ts'

const folder = join(import.meta.dirname, '../../../operator/loadtest')
const source = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => readFileSync(join(folder, path), 'utf8'))
  .join('\n')

const thrown = [/\b(?:Stall|Retry)\(\s*'(\w+)'/g, /Refusal = \{ reason: '(\w+)' \| '(\w+)'/g]
  .flatMap((pattern) => [...source.matchAll(pattern)])
  .flatMap(([, ...reasons]) => reasons)
const all = [...Object.values(locustTestReasons), ...Object.values(locustScheduleReasons)]

test('every reason that is thrown is one of Ready', () => {
  expect(new Set(thrown).size).toBeGreaterThan(5)
  expect(thrown.filter((reason) => !(reason in locustTestReasons.Ready))).toEqual([])
})

test('every reason of the catalogue is given', () => {
  const names = all.flatMap((reasons) => Object.keys(reasons))
  expect(names.filter((name) => !source.includes(`'${name}'`))).toEqual([])
})

test('each has a meaning and an advice', () => {
  for (const entry of all.flatMap((reasons) => Object.values(reasons)))
    expect(entry).toMatchObject({
      summary: expect.stringMatching(/\.$/),
      advice: expect.stringMatching(/\.$/),
    })
})
