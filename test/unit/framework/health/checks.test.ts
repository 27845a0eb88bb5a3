// When an operator calls itself alive, and when ready.
import { expect, test } from 'vitest'
import {
  liveness,
  readiness,
  type Check,
  type Vitals,
} from '../../../../operator/framework/health/checks.ts'

const well: Vitals = {
  watches: [{ kind: 'Widget', silentMs: 1_000, idleMs: 1_000, synced: true }],
  queues: [{ name: 'widgets', depth: 2, oldestMs: 3_000 }],
  own: [],
  lease: 'leading',
  eventLoopLagMs: 20,
}
const watch = (change: Partial<Vitals['watches'][number]>) => ({
  watches: [{ kind: 'Widget', silentMs: 0, idleMs: 0, synced: true, ...change }],
})
const failing = (checks: Check[]) => checks.flatMap(({ name, ok }) => (ok ? [] : [name]))

test.each<[what: string, change: Partial<Vitals>, dead: string[], unready: string[]]>([
  ['all is well', {}, [], []],
  ['it stands by', { lease: 'standby' }, [], []],
  ['it needs no lease', { lease: 'none' }, [], []],
  ['its lease is lost', { lease: 'lost' }, ['lease'], ['lease']],
  ['nothing was listed yet', watch({ synced: false }), [], ['watch Widget']],
  ['the API server is silent', watch({ silentMs: 150_000 }), [], ['watch Widget']],
  ['a reflector hangs', watch({ idleMs: 180_000 }), ['reflector Widget'], ['reflector Widget']],
  [
    'a key waits for five minutes',
    { queues: [{ name: 'widgets', depth: 1, oldestMs: 300_000 }] },
    [],
    ['queue widgets'],
  ],
  [
    'it lacks something of its own',
    { own: [{ name: 'image', ok: false, detail: 'no plugins' }] },
    [],
    ['image'],
  ],
  ['the event loop stands', { eventLoopLagMs: 1_000 }, [], ['event loop']],
])('%s', (_, change, dead, unready) => {
  const vitals = { ...well, ...change }
  expect(failing(liveness(vitals))).toEqual(dead)
  expect(failing(readiness(vitals))).toEqual(unready)
})
