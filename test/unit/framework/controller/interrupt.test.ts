// How a handler that runs is ended early.
import { expect, test } from 'vitest'
import { Interrupt, settled } from '../../../../operator/framework/index.ts'
import { harness, widgets } from '../harness.ts'

test('a change of the spec supersedes the running handler, and the new spec is handled', async () => {
  const h = harness()
  const seen: number[] = []
  const causes: unknown[] = []
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(async (c) => {
      seen.push(c.obj.spec.size)
      if (c.obj.spec.size === 2) return settled
      await untilAborted(c.signal)
      causes.push(c.signal.reason)
      throw c.signal.reason
    }),
  )
  await h.create('a')
  await h.clock.settle()
  await h.edit('a', { spec: { size: 2 } })
  await h.clock.settle()
  expect(seen).toEqual([1, 2])
  expect(causes[0]).toBeInstanceOf(Interrupt)
  expect(causes[0]).toMatchObject({ interrupt: 'superseded' })
  expect(await h.condition('a', 'Ready')).toMatchObject({ status: 'True' })
  await h.shutDown(ended)
})

test('with supersede: finish the handler ends first, then runs once more', async () => {
  const h = harness()
  const gate = Promise.withResolvers<void>()
  const seen: number[] = []
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(
      async (c) => {
        seen.push(c.obj.spec.size)
        await gate.promise
        expect(c.signal.aborted).toBe(false)
        return settled
      },
      { supersede: 'finish' },
    ),
  )
  await h.create('a')
  await h.clock.settle()
  await h.edit('a', { spec: { size: 2 } })
  await h.edit('a', { spec: { size: 3 } })
  await h.clock.settle()
  gate.resolve()
  await h.clock.settle()
  expect(seen).toEqual([1, 3])
  await h.shutDown(ended)
})

test('the deadline aborts the signal and is retried', async () => {
  const h = harness()
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(
      async (c) => {
        await untilAborted(c.signal)
        throw new Error('stopped half-way', { cause: c.signal.reason })
      },
      { deadlineMs: 1_000 },
    ),
  )
  await h.create('a')
  await h.clock.advance(1_100)
  expect(await h.condition('a', 'Ready')).toMatchObject({ reason: 'DeadlineExceeded' })
  await h.shutDown(ended)
})

test('a handler that ignores its signal holds its own key and no worker', async () => {
  const h = harness()
  const handled: string[] = []
  const { ended } = h.start((op) =>
    op.for(widgets).reconcile(
      async (c) => {
        handled.push(c.key.name)
        if (c.key.name === 'deaf') await new Promise(() => undefined)
        return settled
      },
      { concurrency: 1, deadlineMs: 1_000 },
    ),
  )
  await h.create('deaf')
  await h.clock.settle()
  await h.create('other')
  await h.edit('deaf', { spec: { size: 2 } })
  await h.clock.advance(40_000)
  expect(handled).toEqual(['deaf', 'other'])
  await h.shutDown(ended)
})

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
