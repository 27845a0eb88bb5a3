// What a handler may count on over the whole life of an object: restarts, failures of the reconcile beside it, its end.
import { expect, test } from 'vitest'
import {
  again,
  Retry,
  settled,
  type ControllerBuilder,
} from '../../../../operator/framework/index.ts'
import { harness, widgets, type WidgetSpec, type WidgetStatus } from '../harness.ts'

type Declare = (builder: ControllerBuilder<WidgetSpec, WidgetStatus>) => unknown
type Harness = ReturnType<typeof harness>

const start = (h: Harness, declare: Declare) => h.start((op) => void declare(op.for(widgets)))

/** Another process, after the first has ended. */
async function restarted(h: Harness, first: Promise<void>, declare: Declare) {
  await h.shutDown(first)
  const later = harness({ kube: h.server.kube(), clock: h.clock })
  const { ended } = start(later, declare)
  await h.clock.settle()
  return { end: () => later.shutDown(ended) }
}

test('create is called once in an object’s life, though it is not Ready when the operator restarts', async () => {
  const h = harness()
  const log: string[] = []
  let broken = false
  const declare: Declare = (builder) =>
    builder
      .onCreate(async (c) => void log.push(`create ${c.obj.spec.size}`))
      .onUpdate(async (c) => void log.push(`update ${c.obj.spec.size}`))
      .onResume(async (c) => void log.push(`resume ${c.obj.spec.size}`))
      .reconcile(async () => {
        if (broken) throw new Retry('Busy', 'x')
        return settled
      })
  const first = start(h, declare)
  await h.create('a')
  await h.clock.settle()
  broken = true
  await h.edit('a', { spec: { size: 2 } })
  await h.clock.settle()
  const second = await restarted(h, first.ended, declare)
  expect(log).toEqual(['create 1', 'update 2', 'resume 2'])
  await second.end()
})

test('an update while the operator was down is not lost, though the object was not Ready before', async () => {
  const h = harness()
  const updates: [unknown, unknown][] = []
  let broken = true
  const declare: Declare = (builder) =>
    builder
      .onUpdate(async (c) => void updates.push([c.old, c.new]))
      .reconcile(async () => {
        if (broken) throw new Retry('Busy', 'x')
        return settled
      })
  const first = start(h, declare)
  await h.create('a')
  await h.clock.settle()
  await h.shutDown(first.ended)
  await h.edit('a', { spec: { size: 2 } })
  broken = false
  const second = await restarted(h, first.ended, declare)
  expect(updates).toEqual([[{ spec: { size: 1 } }, { spec: { size: 2 } }]])
  await second.end()
})

test('a daemon’s status is written, its object is live, and it has stopped before the finalizer', async () => {
  const h = harness()
  const seen: string[] = []
  let finalized = 0
  const { ended } = start(h, (builder) =>
    builder
      .daemon(async (c) => {
        c.status({ size: 99 })
        c.condition('Daemon', true, 'Runs')
        while (!c.signal.aborted) {
          seen.push(`size ${c.obj.spec.size}`)
          await new Promise<void>((resolve) => {
            const timer = h.clock.setTimeout(resolve, 2_000)
            const stop = () => {
              h.clock.clearTimeout(timer)
              resolve()
            }
            c.signal.addEventListener('abort', stop, { once: true })
          })
        }
        seen.push('stopped')
      })
      .finalize('example.com/x', async () => {
        seen.push('finalize')
        return (finalized += 1) < 3 ? again(1_000, { reason: 'W', message: '' }) : settled
      }),
  )
  await h.create('a')
  await h.clock.settle()
  await h.edit('a', { spec: { size: 7 } })
  await h.clock.advance(5_000)
  expect((await h.widget('a'))?.status?.size).toBe(99)
  expect(await h.condition('a', 'Daemon')).toMatchObject({ status: 'True', reason: 'Runs' })
  await h.user.delete(widgets, { name: 'a', namespace: 'shop' })
  await h.clock.advance(10_000)
  expect(seen).toEqual([
    'size 1',
    'size 7',
    'size 7',
    'stopped',
    'finalize',
    'finalize',
    'finalize',
  ])
  expect(await h.widget('a')).toBeUndefined()
  await h.shutDown(ended)
})

test('a timer ticks while the reconcile backs off', async () => {
  const h = harness()
  let ticks = 0
  const { ended } = start(h, (builder) =>
    builder
      .timer(async () => void (ticks += 1), { everyMs: 1_000, jitter: 0, initialDelayMs: 0 })
      .reconcile(
        async () => {
          throw new Retry('Busy', 'x')
        },
        { retry: { baseMs: 60_000, capMs: 60_000 } },
      ),
  )
  await h.create('a')
  await h.clock.advance(10_000)
  expect(ticks).toBe(11)
  await h.shutDown(ended)
})

test('timers and daemons run while a create handler is not through', async () => {
  const h = harness()
  const seen: string[] = []
  const { ended } = start(h, (builder) =>
    builder
      .onCreate(async () => {
        seen.push('create')
        return again(5_000, { reason: 'W', message: '' })
      })
      .timer(async () => void seen.push('tick'), { everyMs: 4_000, jitter: 0, initialDelayMs: 500 })
      .daemon(async () => void seen.push('daemon')),
  )
  await h.create('a')
  await h.clock.advance(6_000)
  expect(seen.filter((what) => what === 'tick')).toHaveLength(2)
  expect(seen.filter((what) => what === 'daemon')).toHaveLength(1)
  expect(seen.filter((what) => what === 'create')).toHaveLength(2)
  await h.shutDown(ended)
})

test('a level-triggered controller pays nothing for handlers that it does not have', async () => {
  const h = harness()
  const { ended } = start(h, (builder) =>
    builder.reconcile(async () => settled).finalize('example.com/x', async () => settled),
  )
  await h.create('a')
  await h.clock.settle()
  expect((await h.widget('a'))?.metadata.annotations).toBeUndefined()
  const writes = h.server.takeRequests().filter((line) => line.startsWith('PATCH'))
  expect(writes).toHaveLength(2) // the finalizer and the status
  await h.shutDown(ended)
})
