// Word that a tenant's progress is new, from whoever sends it.
import { expect, test } from 'vitest'
import { heard } from '../../../../../operator/controllers/tenant-cluster/operation/heard.ts'
import { keyText, type Key, type Operator } from '../../../../../operator/framework/index.ts'
import { VirtualClock } from '../../../../../operator/framework/testing/index.ts'

const key = (name: string) => ({ namespace: 'a', name })

/** Of the operator it asks for what is known of a tenant, and wakes it. */
function listening(operations: Record<string, object | undefined>) {
  const clock = new VirtualClock()
  const woken: string[] = []
  const operator = {
    cache: () => ({
      get: ({ name }: Key) =>
        name in operations ? { status: { operation: operations[name] } } : undefined,
    }),
    wake: (_: unknown, of: Key) => woken.push(keyText(of)),
  } as unknown as Operator
  return { clock, woken, hear: heard(operator, clock) }
}

test('wakes a tenant with an operation that runs, after a tenth of a second', async () => {
  const { clock, woken, hear } = listening({ b: { step: 'Nodes' } })
  hear(key('b'))
  await clock.advance(99)
  expect(woken).toEqual([])
  await clock.advance(1)
  expect(woken).toEqual([keyText(key('b'))])
})

test('once, however often it is said until then, and again later', async () => {
  const { clock, woken, hear } = listening({ b: { step: 'Nodes' }, c: { step: 'Nodes' } })
  for (let times = 0; times < 5; times += 1) hear(key('b'))
  hear(key('c'))
  await clock.advance(1_000)
  expect(woken).toEqual([keyText(key('b')), keyText(key('c'))])
  hear(key('b'))
  await clock.advance(1_000)
  expect(woken).toHaveLength(3)
})

test.each([
  ['that nobody knows', {}],
  ['without an operation', { b: undefined }],
  ['that is only measured', { b: { step: 'Verify' } }],
])('does not wake a tenant %s', async (_, operations) => {
  const { clock, woken, hear } = listening(operations)
  hear(key('b'))
  expect(clock.pending).toBe(0)
  await clock.advance(1_000)
  expect(woken).toEqual([])
})
