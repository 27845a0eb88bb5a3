// kopf's handlers behave as a kopf user expects, without state in annotations.
import { expect, test } from 'vitest'
import { Retry, settled, type ControllerBuilder } from '../../../../operator/framework/index.ts'
import { harness, widgets, type WidgetSpec, type WidgetStatus } from '../harness.ts'

type Builder = ControllerBuilder<WidgetSpec, WidgetStatus>

function started(h: ReturnType<typeof harness>, declare: (builder: Builder) => void) {
  return h.start((op) => declare(op.for(widgets)))
}

test('create, update and resume are told apart, across a restart too', async () => {
  const h = harness()
  const log: string[] = []
  const declare = (builder: Builder) =>
    void builder
      .onCreate(async (c) => void log.push(`create ${c.obj.spec.size}`))
      .onUpdate(async (c) => void log.push(`update ${c.obj.spec.size}`))
      .onResume(async (c) => void log.push(`resume ${c.obj.spec.size}`))
      .onField(
        (obj) => obj.spec.size,
        async (_, was, now) => void log.push(`size ${was} ${now}`),
      )
  const { ended } = started(h, declare)
  await h.create('a')
  await h.clock.settle()
  await h.edit('a', { spec: { size: 2 } })
  await h.clock.settle()
  await h.edit('a', { spec: { color: 'red' } })
  await h.clock.settle()
  await h.shutDown(ended)
  expect(log).toEqual(['create 1', 'size undefined 1', 'update 2', 'size 1 2', 'update 2'])

  log.length = 0
  const later = harness({ kube: h.server.kube(), clock: h.clock })
  const again = started(later, declare)
  await h.clock.settle()
  expect(log).toEqual(['resume 2'])
  await later.shutDown(again.ended)
})

test('a create handler that fails is tried again, and only once it succeeded is it a create no more', async () => {
  const h = harness()
  let tries = 0
  const { ended } = started(
    h,
    (builder) =>
      void builder.onCreate(async () => {
        tries += 1
        if (tries < 3) throw new Retry('Busy', 'no')
      }),
  )
  await h.create('a')
  await h.clock.advance(60_000)
  expect(tries).toBe(3)
  await h.edit('a', { spec: { size: 2 } })
  await h.clock.advance(60_000)
  expect(tries).toBe(3)
  await h.shutDown(ended)
})

test('a timer ticks for each object, and stops with it', async () => {
  const h = harness()
  const at: number[] = []
  const { ended } = started(
    h,
    (builder) =>
      void builder.timer(async () => void at.push(h.clock.now()), {
        everyMs: 10_000,
        jitter: 0,
        initialDelayMs: 1_000,
      }),
  )
  await h.create('a')
  await h.clock.settle()
  const start = h.clock.now()
  await h.clock.advance(35_000)
  expect(at.map((time) => time - start)).toEqual([1_000, 11_000, 21_000, 31_000])
  await h.user.delete(widgets, { name: 'a', namespace: 'shop' })
  await h.clock.advance(60_000)
  expect(at).toHaveLength(4)
  await h.shutDown(ended)
})

test('a daemon runs beside its object, is restarted when it fails, and ends with it', async () => {
  const h = harness()
  const log: string[] = []
  const { ended } = started(
    h,
    (builder) =>
      void builder.daemon(async (c) => {
        log.push('start')
        if (log.length === 1) throw new Error('crash')
        await new Promise<void>((resolve) =>
          c.signal.addEventListener('abort', () => resolve(), { once: true }),
        )
        log.push(String((c.signal.reason as { interrupt: string }).interrupt))
      }),
  )
  await h.create('a')
  await h.clock.advance(10_000)
  expect(log).toEqual(['start', 'start'])
  await h.user.delete(widgets, { name: 'a', namespace: 'shop' })
  await h.clock.advance(1_000)
  expect(log).toEqual(['start', 'start', 'deleted'])
  await h.shutDown(ended)
})

test('onDelete keeps the object until it is settled, onEvent sees everything, an index finds', async () => {
  const h = harness()
  const seen: string[] = []
  const { op, ended } = started(
    h,
    (builder) =>
      void builder
        .onDelete(async () => settled, { finalizer: 'example.com/x' })
        .onEvent(({ type, obj }) => seen.push(`${type} ${obj.metadata.name}`))
        .index('size', (obj) => String(obj.spec.size)),
  )
  await h.create('a', { size: 4 })
  await h.clock.settle()
  expect(op.cache(widgets).by('size', '4')).toHaveLength(1)
  await h.user.delete(widgets, { name: 'a', namespace: 'shop' })
  await h.clock.settle()
  expect(await h.widget('a')).toBeUndefined()
  expect([seen[0], seen.at(-1)]).toEqual(['added a', 'deleted a'])
  await h.shutDown(ended)
})

test('an observer that throws is logged, and the object is reconciled all the same', async () => {
  const h = harness()
  const sizes: number[] = []
  const { ended } = started(
    h,
    (builder) =>
      void builder
        .onEvent(() => {
          throw new Error('bug')
        })
        .reconcile(async (c) => {
          sizes.push(c.obj.spec.size)
          return settled
        }),
  )
  await h.create('a')
  await h.clock.settle()
  await h.edit('a', { spec: { size: 2 } })
  await h.clock.settle()
  expect(sizes).toEqual([1, 2])
  const errors = h.lines.filter(({ level }) => level === 50)
  expect(errors.map(({ msg, name }) => [msg, name])).toContainEqual(['an observer threw', 'a'])
  await h.shutDown(ended)
})

test('a daemon ends with its object, though another of the name takes its place at once', async () => {
  const h = harness()
  const running = new Set<string>()
  const gate = Promise.withResolvers<void>()
  const { ended } = started(
    h,
    (builder) =>
      void builder
        .daemon(async (c) => {
          const { uid } = c.obj.metadata
          running.add(uid)
          await new Promise((end) => c.signal.addEventListener('abort', end, { once: true }))
          running.delete(uid)
        })
        .reconcile(
          async (c) => {
            if (c.key.name === 'busy') await gate.promise
            return settled
          },
          { concurrency: 1 },
        ),
  )
  await h.create('a')
  await h.clock.settle()
  const busy = await h.create('busy')
  await h.clock.settle() // the only worker has its hands full, and sees both changes of the other as one
  await h.user.delete(widgets, { name: 'a', namespace: 'shop' })
  const other = await h.create('a')
  await h.clock.settle()
  gate.resolve()
  await h.clock.settle()
  expect([...running].toSorted()).toEqual([busy.metadata.uid, other.metadata.uid].toSorted())
  await h.shutDown(ended)
})
