// Who is served when more come than there are places.
import { expect, test } from 'vitest'
import { turns } from '../../../../operator/framework/webhook/turns.ts'

/** Takes turns and tells in which order they came. */
function queue(o: { atOnce: number; ofOneCaller: number }) {
  const places = turns(o)
  const served: string[] = []
  const take = (caller: string, name: string, signal = new AbortController().signal) => {
    const place = places.take(caller, signal).then((taken) => {
      served.push(name)
      return taken
    })
    place.catch(() => undefined)
    return place
  }
  const settle = () => new Promise((resolve) => setImmediate(resolve))
  return { take, served, settle }
}

test('so many are served at once, the others in the order of coming', async () => {
  const { take, served, settle } = queue({ atOnce: 1, ofOneCaller: 1 })
  const first = await take('a', 'first')
  void take('b', 'second')
  void take('c', 'third')
  await settle()
  expect(served).toEqual(['first'])
  first[Symbol.dispose]()
  await settle()
  expect(served).toEqual(['first', 'second'])
})

test('one caller does not keep the others out', async () => {
  const { take, served, settle } = queue({ atOnce: 3, ofOneCaller: 2 })
  const greedy = [1, 2, 3, 4].map((n) => take('greedy', `greedy ${n}`))
  void take('honest', 'honest')
  await settle()
  expect(served).toEqual(['greedy 1', 'greedy 2', 'honest'])
  ;(await greedy[0])?.[Symbol.dispose]()
  await settle()
  expect(served.at(-1)).toBe('greedy 3')
})

test('who does not wait any longer takes no place', async () => {
  const { take, served, settle } = queue({ atOnce: 1, ofOneCaller: 1 })
  const first = await take('a', 'first')
  const patience = new AbortController()
  const impatient = take('b', 'impatient', patience.signal)
  void take('c', 'patient')
  patience.abort(new Error('gone'))
  await expect(impatient).rejects.toThrow('gone')
  await expect(take('d', 'late', AbortSignal.abort(new Error('too late')))).rejects.toThrow('late')
  first[Symbol.dispose]()
  await settle()
  expect(served).toEqual(['first', 'patient'])
})
