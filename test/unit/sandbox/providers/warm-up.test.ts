import { expect, test } from 'vitest'
import { preload } from '../../../sandbox/providers/index.ts'

// A runner that waits takes a failure for a slower start, and would never tell.
test('what a waiting runner makes ready is carried through, with no credentials and no AWS', async () => {
  await expect(preload()).resolves.toBeUndefined()
})
