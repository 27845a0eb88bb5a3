import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { inTurn, together } from '../../../sandbox/machine/together.ts'

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

test('in turn one begins when the one before it has ended, however that ended', async () => {
  const turn = inTurn()
  const seen: string[] = []
  const { promise: held, resolve: release } = Promise.withResolvers<void>()
  const first = turn(async () => {
    await held
    seen.push('first')
    throw new Error('broken')
  })
  const second = turn(async () => seen.push('second'))
  expect(seen).toEqual([])
  release()
  await expect(first).rejects.toThrow('broken')
  expect(await second).toBe(2)
  expect(seen).toEqual(['first', 'second'])
})
