// Some of many, the same for the same seed: whoever mends a test plays the mutants again that it missed.
import { createHash } from 'node:crypto'

export function sample<T>(items: readonly T[], count: number, seed: string): T[] {
  const draw = (index: number) => createHash('sha256').update(`${seed} ${index}`).digest('hex')
  const drawn = items.map((item, index) => ({ item, index, lot: draw(index) }))
  return drawn
    .toSorted((a, b) => (a.lot < b.lot ? -1 : 1))
    .slice(0, count)
    .toSorted((a, b) => a.index - b.index)
    .map(({ item }) => item)
}
