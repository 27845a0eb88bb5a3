// Turns in a circle, places and shares.
import { expect, test } from 'vitest'
import { FairGate } from '../../../operator/framework/index.ts'

const never = new AbortController().signal

function crowd(o: { places: number; share: number }) {
  const gate = new FairGate(o)
  const begun: string[] = []
  const ends = new Map<string, () => void>()
  const come = (name: string, signal = never) =>
    gate.run(name.charAt(0), signal, () => {
      begun.push(name)
      return new Promise<void>((resolve) => ends.set(name, resolve))
    })
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  const end = async (name: string) => {
    ends.get(name)?.()
    await settle()
  }
  return { begun, come, end, settle }
}

test('one who asks for much has its turn after one who asks for little', async () => {
  const { begun, come, end, settle } = crowd({ places: 1, share: 1 })
  for (const name of ['a1', 'a2', 'a3', 'b1', 'c1', 'b2']) void come(name)
  await settle()
  for (let n = 0; n < 6; n += 1) await end(begun.at(-1) ?? '')
  expect(begun).toEqual(['a1', 'b1', 'c1', 'a2', 'b2', 'a3'])
})

test('nobody has more than the share, and what it leaves free is for others', async () => {
  const { begun, come, end, settle } = crowd({ places: 3, share: 2 })
  for (const name of ['a1', 'a2', 'a3']) void come(name)
  await settle()
  expect(begun).toEqual(['a1', 'a2'])
  void come('b1')
  void come('b2')
  await settle()
  expect(begun).toEqual(['a1', 'a2', 'b1'])
  await end('a1')
  await end('a2')
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3', 'b2'])
})

test('a task that failed, or was not wanted any more, leaves its place to the next', async () => {
  const gate = new FairGate({ places: 1, share: 1 })
  const stop = new AbortController()
  const failing = gate.run('a', never, () => Promise.reject(new Error('broken')))
  const unwanted = gate.run('a', stop.signal, () => Promise.resolve('ran'))
  stop.abort(new Error('not wanted'))
  await expect(failing).rejects.toThrow('broken')
  await expect(unwanted).rejects.toThrow('not wanted')
  expect(await gate.run('a', never, () => Promise.resolve('ran'))).toBe('ran')
})

test('who is not wanted any more is let go at once, though no place is free', async () => {
  const { begun, come, end, settle } = crowd({ places: 1, share: 1 })
  void come('a1')
  const stop = new AbortController()
  const unwanted = come('b1', stop.signal)
  void come('b2')
  await settle()
  stop.abort(new Error('not wanted'))
  await expect(unwanted).rejects.toThrow('not wanted')
  await expect(come('c1', stop.signal)).rejects.toThrow('not wanted')
  await end('a1')
  expect(begun).toEqual(['a1', 'b2'])
})
