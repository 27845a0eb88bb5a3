// Held to this repository: which tests a file has.
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testsOf } from '../../mutants/tests-of.ts'

const root = join(import.meta.dirname, '../../..')
const all = globSync('test/unit/**/*.test.ts', { cwd: root })
const of = (file: string) => testsOf(root, file, all)

test('its own comes first', () => {
  expect(of('operator/framework/work-queue.ts').at(0)).toBe(
    'test/unit/framework/work-queue.test.ts',
  )
})

test('those of its folder count where they reach it by others', () => {
  expect(of('operator/framework/handlers/attempt.ts')).toContain(
    'test/unit/framework/handlers/errors.test.ts',
  )
  expect(of('operator/framework/work-queue.ts')).not.toContain(
    'test/unit/framework/handlers/errors.test.ts',
  )
})

test('those elsewhere count where they import it', () => {
  expect(of('operator/api/tenant/tenant-lease.ts')).toContain(
    'test/unit/jobs/worker/operation.test.ts',
  )
})

test('an import of types is none', () => {
  expect(of('operator/framework/handlers/entry.ts')).not.toContain(
    'test/unit/framework/handlers/essence.test.ts',
  )
})
