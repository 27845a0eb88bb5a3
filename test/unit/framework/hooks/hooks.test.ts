// kopf's pages "Startup", "Probing", "Memos" and "Indexing": what handlers share, and those of the operator itself.
import { expect, test } from 'vitest'
import { core, Permanent, Temporary } from '../../../../operator/framework/index.ts'
import { harness, widgets } from '../harness.ts'

test('startup: comes before everything, is tried again, and what it remembers reaches every handler', async () => {
  const h = harness()
  const log: string[] = []
  const { ended } = h.start((op) => {
    op.onStartup(async ({ memo, attempt }) => {
      log.push(`startup ${attempt}`)
      if (attempt === 0) throw new Temporary('not yet', { delayMs: 5_000 })
      memo['greeting'] = 'hello'
    })
    op.onCleanup(() => void log.push('cleanup'))
    op.for(widgets).onCreate(async (c) => void log.push(String(c.memo['greeting'])))
  })
  await h.create('a')
  await h.clock.advance(1_000)
  expect(log).toEqual(['startup 0'])
  expect(h.server.takeRequests().filter((line) => line.startsWith('GET'))).toEqual([])
  await h.clock.advance(10_000)
  await h.shutDown(ended)
  expect(log).toEqual(['startup 0', 'startup 1', 'hello', 'cleanup'])
})

test('startup: one that fails for good keeps the operator from beginning', async () => {
  const h = harness()
  const { ended } = h.start((op) => {
    op.onStartup(
      () => {
        throw new Permanent('no database')
      },
      { id: 'database' },
    )
    op.for(widgets).onCreate(async () => undefined)
  })
  await h.clock.advance(1_000)
  await expect(ended).rejects.toThrow('database: no database')
})

test('memos: are of one object, for all of its handlers, and gone with it', async () => {
  const h = harness()
  const log: string[] = []
  const { ended } = h.start((op) =>
    op
      .for(widgets)
      .onEvent(({ memo }) => (memo['seen'] = ((memo['seen'] as number | undefined) ?? 0) + 1))
      .onCreate(async (c) => void log.push(`${c.obj.metadata.name} ${String(c.memo['seen'])}`)),
  )
  await h.create('a')
  await h.clock.settle()
  await h.create('b')
  await h.clock.settle()
  await h.user.delete(widgets, { name: 'a', namespace: 'shop' })
  await h.clock.settle()
  await h.create('a')
  await h.clock.settle()
  expect(log).toEqual(['a 1', 'b 1', 'a 1'])
  await h.shutDown(ended)
})

test('probing: what a probe returns is shown, and what it throws is unhealthy', async () => {
  const h = harness()
  let broken = false
  const { op, ended } = h.start((op) => {
    const cache = op.cache(widgets)
    op.onProbe('objects', () => cache.list().length)
    op.onProbe('link', () => {
      if (broken) throw new Error('cut')
      return 'up'
    })
  })
  await h.clock.settle()
  await h.create('a')
  await h.clock.settle()
  const probed = () => op.probe()
  expect(await probed()).toEqual([
    { name: 'objects', ok: true, detail: '1' },
    { name: 'link', ok: true, detail: 'up' },
  ])
  broken = true
  expect((await probed())[1]?.ok).toBe(true) // for ten seconds
  await h.clock.advance(11_000)
  expect((await probed())[1]).toEqual({ name: 'link', ok: false, detail: 'cut' })
  await h.shutDown(ended)
})

test('indexing: values of any kind by keys of any kind, several of an object, current before a handler looks', async () => {
  const h = harness()
  const log: unknown[] = []
  const { ended } = h.start((op) => {
    const byColor = op.index(widgets, ({ spec, metadata }): [unknown, unknown][] => [
      [spec.color ?? 'none', metadata.name],
      [['size', spec.size], { name: metadata.name }],
    ])
    op.for(widgets).onUpdate(async () => {
      log.push(byColor.get('red'), byColor.get(['size', 1]), byColor.has('none'), byColor.size)
    })
  })
  await h.create('a')
  await h.create('b', { size: 1, color: 'red' })
  await h.clock.settle()
  await h.edit('a', { spec: { color: 'red' } })
  await h.clock.settle()
  expect(log).toEqual([['b', 'a'], [{ name: 'b' }, { name: 'a' }], false, 2])
  await h.shutDown(ended)
})

test('indexing: what does not match, is gone or failed for good is out; nothing returned keeps what was', async () => {
  const h = harness()
  const { op, ended } = h.start((op) => void op.for(core.configMap))
  const names = op.index(
    widgets,
    ({ spec, metadata }) => {
      if (spec.size === 13) throw new Permanent('unlucky')
      if (spec.size === 7) throw new Error('a bug')
      return spec.size === 0 ? undefined : [[null, `${metadata.name}${spec.size}`]]
    },
    { labels: { ours: 'yes' } },
  )
  const labels = { ours: 'yes' }
  await h.create('a', { size: 1 }, { labels })
  await h.create('b', { size: 1 })
  await h.create('c', { size: 1 }, { labels })
  await h.clock.settle()
  const all = () => [...names.get(null)].toSorted()
  expect(all()).toEqual(['a1', 'c1'])
  const resize = async (name: string, size: number) => {
    await h.edit(name, { spec: { size } })
    await h.clock.settle()
    return all()
  }
  expect(await resize('a', 0)).toEqual(['a1', 'c1'])
  expect(await resize('a', 7)).toEqual(['a1', 'c1'])
  expect(await resize('c', 13)).toEqual(['a1'])
  expect(await resize('c', 2)).toEqual(['a1'])
  await h.edit('a', { metadata: { labels: { ours: null } } })
  await h.clock.settle()
  expect([...names]).toEqual([])
  await h.shutDown(ended)
})
