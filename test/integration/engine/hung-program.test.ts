// A program that waits for what will not come must not hold up an operation that has failed.
import { expect, test } from 'vitest'
import { Thing } from './conformance/component-provider.ts'
import { openStack } from './conformance/stack-harness.ts'

test('a program that never ends is left ten seconds after a step has failed, and the failure is told', async () => {
  await using stack = await openStack()
  const started = performance.now()
  const failed = stack.up(async () => {
    void new Thing('good', { name: 'good' })
    void new Thing('bad', { name: 'bad', fail: 'create' })
    return await new Promise<never>(() => undefined)
  })
  await expect(failed).rejects.toThrow('boom create')
  expect(performance.now() - started).toBeGreaterThan(10_000)
  expect(Object.keys(await stack.records())).toContain('good')
}, 60_000)
