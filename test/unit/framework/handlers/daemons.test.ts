// kopf's pages "Daemons" and "Timers": what runs beside an object, when it begins, how it ends.
import { expect, test } from 'vitest'
import { delay, Permanent, settled, Temporary } from '../../../../operator/framework/index.ts'
import { harness } from '../harness.ts'
import { remove, restarted, start, type Builder } from './told.ts'

const aborted = (signal: AbortSignal) =>
  new Promise((end) => signal.addEventListener('abort', end, { once: true }))

test('daemons: are started for what is there, when the operator is started again too', async () => {
  const h = harness()
  const log: string[] = []
  const declare = (builder: Builder) =>
    builder.daemon(async (c) => {
      log.push('start')
      await aborted(c.signal)
      log.push(String((c.signal.reason as { interrupt: string }).interrupt))
    })
  const first = start(h, declare)
  await h.create('a')
  await h.clock.settle()
  const second = await restarted(h, first.ended, { declare })
  expect(log).toEqual(['start', 'shutdown', 'start'])
  await second.end()
})

test('daemons: one that ends by itself, or for good, is not started again', async () => {
  const h = harness()
  const log: string[] = []
  const { ended } = start(h, (builder) =>
    builder
      .daemon(async () => void log.push('ends'))
      .daemon(async () => {
        log.push('fails for good')
        throw new Permanent('bye')
      }),
  )
  await h.create('a')
  await h.clock.advance(600_000)
  await h.edit('a', { spec: { size: 2 } })
  await h.clock.advance(600_000)
  expect(log).toEqual(['ends', 'fails for good'])
  await h.shutDown(ended)
})

test('daemons: an error restarts it after its backoff, a temporary one after its delay, so many times', async () => {
  const h = harness()
  const at: number[] = []
  const { ended } = start(h, (builder) =>
    builder.daemon(
      async (c) => {
        at.push(h.clock.now())
        if (c.attempt === 1) throw new Temporary('again', { delayMs: 7_000 })
        throw new Error('oops')
      },
      { backoffMs: 1_000, retries: 4 },
    ),
  )
  await h.create('a')
  await h.clock.advance(600_000)
  expect(at.map((time) => time - (at[0] ?? 0))).toEqual([0, 1_000, 8_000, 9_000])
  await h.shutDown(ended)
})

test('daemons: the start can be delayed, by the object too', async () => {
  const h = harness()
  const log: string[] = []
  const { ended } = start(h, (builder) =>
    builder
      .daemon(async () => void log.push('fixed'), { initialDelayMs: 30_000 })
      .daemon(async () => void log.push('by size'), {
        initialDelayMs: ({ obj }) => obj.spec.size * 1_000,
      }),
  )
  await h.create('a', { size: 5 })
  await h.clock.advance(4_000)
  expect(log).toEqual([])
  await h.clock.advance(2_000)
  expect(log).toEqual(['by size'])
  await h.clock.advance(30_000)
  expect(log).toEqual(['by size', 'fixed'])
  await h.shutDown(ended)
})

test('daemons: one that holds the deletion is waited for, and left behind after its time', async () => {
  const h = harness()
  const { ended } = start(h, (builder) =>
    builder.daemon(() => new Promise(() => undefined), { holdsDeletion: true, stopMs: 20_000 }),
  )
  await h.create('a')
  await h.clock.settle()
  await remove(h)
  await h.clock.advance(15_000)
  expect((await h.widget('a'))?.metadata.finalizers).toEqual(['widget-operator/finalizer'])
  await h.clock.advance(10_000)
  expect(await h.widget('a')).toBeUndefined()
  expect(h.lines.map(({ msg }) => msg)).toContain('still runs; left behind')
  await h.shutDown(ended)
})

test('daemons: what one says of the status is one write for each time it stops to think, and can be waited for', async () => {
  const h = harness()
  const { ended } = start(h, (builder) =>
    builder.options({ conditions: 'none' }).daemon(async (c) => {
      c.status({ size: 1 })
      c.status({ size: 2 })
      c.condition('Daemon', true, 'Runs')
      await c.flush()
      c.status({ size: 3 })
      await aborted(c.signal)
    }),
  )
  await h.create('a')
  await h.clock.settle()
  const writes = h.server.takeRequests().filter((line) => line.endsWith('/status'))
  expect(writes).toHaveLength(2)
  expect((await h.widget('a'))?.status?.size).toBe(3)
  await h.shutDown(ended)
})

test('timers: the interval is counted from the end of a tick, or from its start when sharp', async () => {
  const ticks = async (sharp: boolean) => {
    const h = harness()
    const at: number[] = []
    const { ended } = start(h, (builder) =>
      builder.timer(
        async () => {
          at.push(h.clock.now())
          await new Promise<void>((end) => void h.clock.setTimeout(end, 300))
        },
        { everyMs: 1_000, sharp, jitter: 0, initialDelayMs: 0 },
      ),
    )
    await h.create('a')
    await h.clock.advance(3_500)
    await h.shutDown(ended)
    return at.slice(0, 3).map((time) => time - (at[0] ?? 0))
  }
  expect(await ticks(false)).toEqual([0, 1_300, 2_600])
  expect(await ticks(true)).toEqual([0, 1_000, 2_000])
})

test('timers: an idle one waits until the object is left alone, then ticks by its interval', async () => {
  const h = harness()
  const at: number[] = []
  const { ended } = start(h, (builder) =>
    builder.timer(async () => void at.push(h.clock.now()), {
      everyMs: 1_000,
      jitter: 0,
      initialDelayMs: 0,
      idleMs: 10_000,
    }),
  )
  await h.create('a')
  await h.clock.advance(5_000)
  await h.edit('a', { spec: { size: 2 } })
  const changed = h.clock.now()
  await h.clock.advance(12_500)
  expect(at.map((time) => time - changed)).toEqual([10_000, 11_000, 12_000])
  await h.shutDown(ended)
})

test('timers: an error’s delay takes the place of the interval, and the attempts begin anew after a success', async () => {
  const h = harness()
  const log: [number, number][] = []
  const { ended } = start(h, (builder) =>
    builder.timer(
      async (c) => {
        log.push([c.attempt, h.clock.now()])
        if (c.attempt < 3) throw new Error('no')
      },
      { everyMs: 10_000, jitter: 0, backoffMs: 5_000, initialDelayMs: 0 },
    ),
  )
  await h.create('a')
  await h.clock.advance(26_000)
  const began = log[0]?.[1] ?? 0
  expect(log.map(([attempt, time]) => [attempt, time - began])).toEqual([
    [0, 0],
    [1, 5_000],
    [2, 10_000],
    [3, 15_000],
    [0, 25_000],
  ])
  await h.shutDown(ended)
})

test('timers: a permanent error ends one for ever', async () => {
  const h = harness()
  let ticks = 0
  const { ended } = start(h, (builder) =>
    builder.timer(
      async () => {
        ticks += 1
        throw new Permanent('no more')
      },
      { everyMs: 1_000, initialDelayMs: 0 },
    ),
  )
  await h.create('a')
  await h.clock.advance(60_000)
  expect(ticks).toBe(1)
  await h.shutDown(ended)
})

test('timers: see the object as it is, and stop when it is being deleted', async () => {
  const h = harness()
  const sizes: number[] = []
  const { ended } = start(h, (builder) =>
    builder
      .timer(
        async (c) => {
          sizes.push(c.obj.spec.size)
          c.status({ size: c.obj.spec.size })
        },
        { everyMs: 1_000, jitter: 0, initialDelayMs: 0 },
      )
      .finalize('example.com/x', async (c) =>
        c.obj.metadata.annotations?.['go'] ? settled : Promise.reject(new Temporary('wait')),
      ),
  )
  await h.create('a')
  await h.clock.advance(500)
  await h.edit('a', { spec: { size: 2 } })
  await h.clock.advance(1_000)
  expect((await h.widget('a'))?.status?.size).toBe(2)
  await remove(h)
  await h.clock.advance(30_000)
  expect(sizes).toEqual([1, 2])
  await h.shutDown(ended)
})

test('timers: no more tick at the same time than may, each object in its turn, and who goes waits for nobody', async () => {
  const h = harness()
  const running = new Set<string>()
  const most: number[] = []
  const ticked: string[] = []
  const { ended } = start(h, (builder) =>
    builder.timer(
      async (c) => {
        const { name } = c.obj.metadata
        ticked.push(name)
        running.add(name)
        most.push(running.size)
        await delay(h.clock, 10_000, c.signal).catch(() => undefined)
        running.delete(name)
      },
      { everyMs: 1_000, initialDelayMs: 0, jitter: 0, concurrency: 2 },
    ),
  )
  for (const name of ['a', 'b', 'c', 'd', 'e']) await h.create(name)
  await h.clock.advance(5_000)
  expect(ticked).toEqual(['a', 'b'])
  await remove(h, 'e')
  await h.clock.settle()
  expect(await h.widget('e')).toBeUndefined()
  await h.clock.advance(31_000)
  expect(ticked).toEqual(['a', 'b', 'c', 'd', 'a', 'b', 'c', 'd'])
  expect(Math.max(...most)).toBe(2)
  await h.shutDown(ended)
  expect(running.size).toBe(0)
})

test('timers and daemons: as many run as there are objects, where nothing else is said', async () => {
  const h = harness()
  const running = { timer: 0, daemon: 0 }
  const { ended } = start(h, (builder) =>
    builder
      .timer(
        async (c) => {
          running.timer += 1
          await aborted(c.signal)
        },
        { everyMs: 1_000, initialDelayMs: 0 },
      )
      .daemon(async (c) => {
        running.daemon += 1
        await aborted(c.signal)
      }),
  )
  for (let n = 0; n < 50; n += 1) await h.create(`a${n}`)
  await h.clock.advance(1_000)
  expect(running).toEqual({ timer: 50, daemon: 50 })
  await h.shutDown(ended)
})
