// What kopf's example operators do, by number and name of its repository, in programs of our own (operator/framework/examples)
// on a real API server. One server for all of them: each has the cluster for itself while its story is told.
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import background from '../../../operator/framework/examples/background.ts'
import children from '../../../operator/framework/examples/children.ts'
import errors from '../../../operator/framework/examples/errors.ts'
import admission, {
  options as admissionOptions,
} from '../../../operator/framework/examples/admission.ts'
import indices from '../../../operator/framework/examples/indices.ts'
import allAtOnce from '../../../operator/framework/examples/kopf/all-at-once.ts'
import builtInKinds from '../../../operator/framework/examples/kopf/built-in-kinds.ts'
import { main as embedded } from '../../../operator/framework/examples/kopf/embedded.ts'
import events from '../../../operator/framework/examples/kopf/events.ts'
import filters from '../../../operator/framework/examples/kopf/filters.ts'
import handlers from '../../../operator/framework/examples/kopf/handlers.ts'
import hooks from '../../../operator/framework/examples/kopf/hooks.ts'
import rawEvents from '../../../operator/framework/examples/kopf/raw-events.ts'
import subHandlers from '../../../operator/framework/examples/kopf/sub-handlers.ts'
import { replica } from '../../../operator/framework/examples/leader-election.ts'
import minimal from '../../../operator/framework/examples/minimal.ts'
import { widgetCrd, widgets, type WidgetSpec } from '../../../operator/framework/examples/widget.ts'
import {
  core,
  operator,
  type Kube,
  type Operator,
  type OperatorOptions,
} from '../../../operator/framework/index.ts'
import { testLog } from '../../../operator/framework/testing/index.ts'
import { freePort } from '../../sandbox/machine/ports.ts'
import { startTestPlane, type TestPlane } from '../../support/test-plane.ts'

type Declare = (op: Operator) => void

let plane: TestPlane
let kube: Kube

beforeAll(async () => {
  plane = await startTestPlane()
  ;({ kube } = plane)
  await kube.create(core.crd, widgetCrd)
  await soon(() => kube.list(widgets))
  await soon(() => kube.create(core.serviceAccount, { metadata: at('default') }))
  await soon(() => kube.get(core.namespace, 'default').then((found) => expect(found).toBeDefined()))
}, 120_000)
afterAll(() => plane?.stop())

/** Nobody is left to take a finalizer off. */
afterEach(async () => {
  for (const { metadata } of (await kube.list(widgets)).items) {
    const released = { metadata: { finalizers: null } }
    await kube.patch(widgets, at(metadata.name), released, { type: 'merge' })
    await kube.delete(widgets, at(metadata.name))
  }
})

const soon = <T>(check: () => T | Promise<T>) =>
  vi.waitFor(check, { timeout: 20_000, interval: 50 })

const at = (name: string) => ({ name, namespace: 'default' })
const create = (name: string, spec: WidgetSpec = {}, metadata: object = {}) =>
  kube.create(widgets, { metadata: { ...at(name), ...metadata }, spec })
const edit = (name: string, spec: object) =>
  kube.patch(widgets, at(name), { spec }, { type: 'merge' })
const widget = (name: string) => kube.get(widgets, name, 'default')
const statusOf = async (name: string) => (await widget(name))?.status
const gone = (name: string) => soon(async () => expect(await widget(name)).toBeUndefined())

const pod = (name: string, labels: Record<string, string> = {}) =>
  kube.create(core.pod, {
    metadata: { ...at(name), labels },
    spec: { containers: [{ name: 'one', image: 'busybox' }] },
  })

/** What the program said, in order. */
type Said = () => string[]
type Story = (said: Said) => Promise<void>

/** For as long as the story takes; then it is stopped, and has to come to its end. */
async function running(
  declare: Declare,
  o: Pick<OperatorOptions, 'name'> & Partial<OperatorOptions>,
  story: Story,
): Promise<Said> {
  const { log, lines } = testLog()
  const stop = new AbortController()
  const op = operator({ kube, log, drainMs: 5_000, ...o })
  declare(op)
  const ended = op.run({ signal: stop.signal })
  const said = () => lines.map(({ msg }) => msg)
  try {
    await story(said)
    return said
  } finally {
    stop.abort(new Error('the story is told'))
    await ended
  }
}

const count = (said: Said, text: string) => said().filter((line) => line === text).length

const stories: Record<string, [Declare, Story]> = {
  '01-minimal': [
    minimal,
    async () => {
      await create('minimal')
      await soon(async () =>
        expect(await statusOf('minimal')).toMatchObject({ message: 'hello world' }),
      )
    },
  ],
  '02-children': [
    children,
    async () => {
      const { metadata } = await create('tree', { items: ['leaf'] })
      const child = () => kube.get(core.configMap, 'tree-leaf', 'default')
      await soon(async () => expect((await child())?.data).toEqual({ item: 'leaf' }))
      const owners = (await child())?.metadata.ownerReferences
      expect(owners).toMatchObject([{ kind: 'Widget', uid: metadata.uid }])
    },
  ],
  '03-exceptions': [
    errors,
    async (said) => {
      await create('fragile')
      await soon(() => expect(said()).toContain('dry at last'))
      await soon(async () => {
        const conditions = (await statusOf('fragile'))?.['conditions' as never]
        expect(conditions).toContainEqual(
          expect.objectContaining({ type: 'Stalled', status: 'True' }),
        )
      })
      expect(count(said, 'tried')).toBe(3)
      expect(said().filter((line) => line.includes('sold out'))).toHaveLength(1)
    },
  ],
  '04-events': [
    events,
    async () => {
      await create('announced')
      await soon(async () => {
        const { items } = await kube.list(core.event)
        const reasons = items.map(({ reason, regarding }) => `${regarding?.kind} ${reason}`)
        const told = ['Widget Painted', 'Widget PaintLow', 'Namespace PaintedHere']
        expect(reasons).toEqual(expect.arrayContaining(told))
      })
    },
  ],
  '05-handlers': [
    handlers,
    async (said) => {
      await create('handled', { color: 'red' })
      await soon(() => expect(said()).toContain('created second'))
      await edit('handled', { color: 'blue', size: 2 })
      await soon(() => expect(said()).toContain('color: red -> blue'))
      await soon(() => expect(said()).toContain('updated: change spec.color, add spec.size'))
      await kube.delete(widgets, at('handled'))
      await gone('handled')
      for (const told of ['created first', 'created second', 'deleted first', 'deleted second'])
        expect(count(said, told), told).toBe(1)
      expect(count(said, 'resumed first')).toBe(0)
    },
  ],
  '07-subhandlers': [
    subHandlers,
    async (said) => {
      await create('chest', { items: ['light', 'heavy'] })
      await soon(async () => expect(said()).toContain('put in heavy'))
      expect(count(said, 'put in light')).toBe(1)
    },
  ],
  '08-events': [
    rawEvents,
    async (said) => {
      await create('watched', { color: 'red' })
      await soon(() => expect(said()).toContain('added: red'))
      await edit('watched', { color: 'blue' })
      await soon(() => expect(said()).toContain('changed: blue'))
      await kube.delete(widgets, at('watched'))
      await soon(() => expect(said()).toContain('deleted: blue'))
    },
  ],
  '10-builtins': [
    builtInKinds,
    async (said) => {
      await pod('short', { 'example.com/short-lived': 'true' })
      await pod('long')
      await soon(() => expect(said()).toContain('its time has come'))
      await soon(async () => {
        const { items } = await kube.list(core.pod, { namespace: 'default' })
        expect(items.map(({ metadata }) => metadata.name)).toEqual(['long'])
      })
    },
  ],
  '11-filtering-handlers': [
    filters,
    async (said) => {
      const metadata = { labels: { form: 'round' }, annotations: { note: 'nice' } }
      await create('filtered', { color: 'red', size: 1 }, metadata)
      const wanted = [
        'label matches',
        'label is there',
        'label is absent',
        'label by function',
        'annotation matches',
        'annotation is there',
        'when holds',
        'value matches',
      ]
      for (const told of [...wanted, 'daemon of the red'])
        await soon(() => expect(said()).toContain(told))
      await edit('filtered', { color: 'blue' })
      await soon(() => expect(said()).toContain('red to blue'))
      const others = ['annotation differs', 'when fails', 'value differs', 'field is missing']
      for (const told of [...others, 'red to green']) expect(count(said, told), told).toBe(0)
    },
  ],
  '13-hooks': [
    hooks,
    async (said) => {
      await create('canvas')
      await soon(() => expect(said()).toContain('painted red'))
      expect(said().indexOf('the shop is open')).toBeLessThan(said().indexOf('painted red'))
      expect(count(said, 'paint is mixed')).toBe(1)
    },
  ],
  '14-daemons': [
    background,
    async (said) => {
      await create('followed', { color: 'red' })
      await soon(async () =>
        expect(await statusOf('followed')).toMatchObject({ message: 'follows red' }),
      )
      await edit('followed', { color: 'blue' })
      await soon(async () =>
        expect(await statusOf('followed')).toMatchObject({ message: 'follows blue' }),
      )
      await kube.delete(widgets, at('followed'))
      await soon(() => expect(said()).toContain('stopped'))
    },
  ],
  '15-timers': [
    background,
    async (said) => {
      await create('ticked')
      await soon(() => expect(count(said, 'tick')).toBeGreaterThan(2))
      await soon(() => expect(count(said, 'left alone for a second')).toBeGreaterThan(0))
    },
  ],
  '16-indexing': [
    indices,
    async () => {
      await pod('carrier', { widget: 'counted' })
      await create('counted')
      const all = async () => (await kube.list(core.pod)).items.length
      await soon(async () =>
        expect(await statusOf('counted')).toMatchObject({
          size: await all(),
          children: ['carrier'],
        }),
      )
      await kube.delete(core.pod, at('carrier'), { gracePeriodSeconds: 0 })
      await soon(async () => expect(await statusOf('counted')).toMatchObject({ children: [] }))
    },
  ],
  '99-all-at-once': [
    allAtOnce,
    async (said) => {
      await create('all', { color: 'red', items: ['a'] })
      await soon(async () =>
        expect(await statusOf('all')).toMatchObject({ message: 'first was here', size: 100 }),
      )
      await soon(() => expect(said()).toContain('that child is special to us'))
      await edit('all', { items: ['a', 'b'] })
      await soon(() => expect(said()).toContain('items: ["a"] -> ["a","b"]'))
      await kube.delete(widgets, at('all'))
      await gone('all')
    },
  ],
}

test.each(Object.entries(stories))('%s', async (name, [declare, story]) => {
  await running(declare, { name: `kopf-${name}` }, story)
})

test('05-handlers: an operator that starts again resumes, and creates nothing again', async () => {
  await running(handlers, { name: 'restarted' }, async (said) => {
    await create('lasting', { color: 'red' })
    await soon(() => expect(said()).toContain('created second'))
    await soon(async () => expect((await widget('lasting'))?.metadata.annotations).toBeDefined())
  })
  await edit('lasting', { color: 'blue' })
  await running(handlers, { name: 'restarted' }, async (said) => {
    await soon(() => expect(said()).toContain('color: red -> blue'))
    await soon(() => expect(said()).toContain('resumed second'))
    expect(count(said, 'created first')).toBe(0)
    await kube.delete(widgets, at('lasting'))
    await gone('lasting')
  })
})

test('06-peering: of two replicas one works, and the other after it', async () => {
  const start = (identity: string) => {
    const stop = new AbortController()
    const ended = replica(identity, { kube, log: testLog().log, signal: stop.signal })
    return async () => {
      stop.abort(new Error('stopped'))
      await ended
    }
  }
  const message = async (name: string, text: string) =>
    soon(async () => expect(await statusOf(name)).toMatchObject({ message: `painted by ${text}` }))
  await create('one')
  const stopFirst = start('first')
  await message('one', 'first')
  const stopSecond = start('second')
  await create('two')
  await message('two', 'first')
  await stopFirst()
  await create('three')
  await message('three', 'second')
  await stopSecond()
})

test('12-embedded: an operator inside of a program that creates and deletes what it serves', async () => {
  const { log, lines } = testLog()
  await embedded({ kube, log, steps: 2, greetings: { hello: 'Hello', goodBye: 'Good bye' } })
  const said = lines.map(({ msg }) => msg).filter((line) => line.endsWith('!'))
  expect(said.toSorted()).toEqual([
    'Good bye, guest-0!',
    'Good bye, guest-1!',
    'Hello, guest-0!',
    'Hello, guest-1!',
  ])
})

test('17-admission: what is refused, warned of and filled in', async () => {
  const port = await freePort()
  // The Service leads to this machine.
  await kube.create(core.service, {
    metadata: at('widget-operator'),
    spec: { type: 'ExternalName', externalName: 'localhost' },
  })
  const serving = { ...admissionOptions.admission, port, servicePort: port, host: '127.0.0.1' }
  await running(admission, { name: 'widget-operator', admission: serving }, async () => {
    await soon(async () => {
      await expect(create('plaid', { color: 'plaid' })).rejects.toThrow(
        'expected a color, got plaid',
      )
    })
    await expect(create('huge', { size: 101 })).rejects.toThrow('expected something smaller')
    expect((await create('as-it-is')).spec.size).toBeUndefined()
    const filled = await create('filled', {}, { labels: { sized: 'true' } })
    expect(filled.spec.size).toBe(1)
    const labels = { metadata: { labels: { sized: 'true' } } }
    const changed = await kube.patch(widgets, at('as-it-is'), labels, { type: 'merge' })
    expect(changed.spec.size).toBe(1)
    expect((await widget('as-it-is'))?.spec.size).toBe(1)
  })
  for (const kind of [core.validatingWebhookConfiguration, core.mutatingWebhookConfiguration])
    await kube.delete(kind, { name: 'widget-operator' })
})

test('13-hooks: what is to be swept is swept after everything else has ended', async () => {
  const said = await running(hooks, { name: 'swept' }, async (soFar) => {
    await create('canvas')
    await soon(() => expect(soFar()).toContain('painted red'))
    expect(soFar()).not.toContain('swept')
  })
  expect(count(said, 'swept')).toBe(1)
})
