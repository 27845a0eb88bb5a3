import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { together } from '../../../sandbox/machine/together.ts'

test('all run at once', async () => {
  const { promise: met, resolve: meet } = Promise.withResolvers<void>()
  await together([() => met, async () => meet()])
})

test('a failure stops the others, and is thrown when they have ended', async () => {
  const ended: string[] = []
  const long = (signal: AbortSignal) =>
    sleep(60_000, undefined, { signal }).finally(() => ended.push('long'))
  const stubborn = () => sleep(20).then(() => ended.push('stubborn'))
  const broken = async () => {
    throw new Error('broken')
  }
  await expect(together([long, broken, stubborn])).rejects.toThrow('broken')
  expect(ended).toEqual(['long', 'stubborn'])
})
