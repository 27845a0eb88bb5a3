import { expect, test } from 'vitest'
import { preload, rehearse } from '../../../sandbox/providers/index.ts'

// A runner that waits takes a failure for a slower start, and would never tell.
test('a waiting runner loads and rehearses all that it should, with no credentials and no AWS', async () => {
  expect(await preload()).toBeDefined()
  expect(await rehearse()).toBeDefined()
})
