// The framework is a package of its own: it is installed into an empty folder, where this repository is out of reach, and its
// types, its examples and its command are tried there against a real API server.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { core, type Kube } from '../../../operator/framework/index.ts'
import { widgetCrd, widgets } from '../../../operator/framework/examples/widget.ts'
import { freePort } from '../../sandbox/machine/ports.ts'
import { startTestPlane, type TestPlane } from '../../support/test-plane.ts'
import { installPackage, type Command, type Installed } from './installed-package.ts'

let app: Installed
let plane: TestPlane
let kube: Kube
let webhookPort: number
const commands: Command[] = []

beforeAll(async () => {
  ;[app, plane] = await Promise.all([installPackage(), startTestPlane()])
  ;({ kube } = plane)
  webhookPort = await freePort()
  await kube.create(core.crd, widgetCrd)
  await soon(() => kube.list(widgets))
  app.write('kubeconfig', plane.kubeconfig)
}, 300_000)
afterAll(async () => {
  for (const command of commands) command.stop('SIGKILL')
  await plane?.stop()
  app?.remove()
})

const soon = <T>(check: () => T | Promise<T>) =>
  vi.waitFor(check, { timeout: 20_000, interval: 100 })

function run(...args: string[]): Command {
  const env = { WEBHOOK_PORT: String(webhookPort), WEBHOOK_HOST: '127.0.0.1' }
  const command = app.start(['run', ...args, '--kubeconfig', 'kubeconfig'], env)
  commands.push(command)
  return command
}

async function working(command: Command): Promise<Command> {
  await soon(() => expect(command.said()).toContain('working'))
  return command
}

async function stopped(command: Command): Promise<void> {
  command.stop()
  expect(await command.ended, command.said()).toBe(0)
}

const at = (name: string) => ({ name, namespace: 'default' })
const create = (name: string, spec: object = {}, metadata: object = {}) =>
  kube.create(widgets, { metadata: { ...at(name), ...metadata }, spec })
const statusOf = async (name: string) => (await kube.get(widgets, name, 'default'))?.status

/** What a user of each example would do, and see. */
const stories: Record<string, (command: Command) => Promise<void>> = {
  async admission() {
    const service = { type: 'ExternalName', externalName: 'localhost' } // this machine
    await kube.create(core.service, { metadata: at('widget-operator'), spec: service })
    const refused = 'spec.color: expected a color, got plaid'
    await soon(() => expect(create('plaid', { color: 'plaid' })).rejects.toThrow(refused))
    const filled = await create('filled', {}, { labels: { sized: 'true' } })
    expect(filled.spec.size).toBe(1)
    for (const kind of [core.validatingWebhookConfiguration, core.mutatingWebhookConfiguration])
      await kube.delete(kind, { name: 'widget-operator' })
  },
  async background(command) {
    await create('followed', { color: 'red' })
    await soon(async () =>
      expect(await statusOf('followed')).toMatchObject({ message: 'follows red' }),
    )
    await soon(() => expect(command.said()).toContain('left alone for a second'))
  },
  async errors(command) {
    await create('fragile')
    await soon(() => expect(command.said()).toContain('dry at last'))
    await soon(() => expect(command.said()).toContain('sold out'))
  },
  async indices() {
    await create('counted')
    await soon(async () => expect(await statusOf('counted')).toMatchObject({ size: 0 }))
  },
  async 'leader-election'() {
    await create('painted')
    const message = 'painted by whoever holds --lease'
    await soon(async () => expect(await statusOf('painted')).toMatchObject({ message }))
    const lease = await kube.get(core.lease, 'painters', 'default')
    expect(lease?.spec.holderIdentity).toBeTruthy()
  },
  async minimal() {
    await create('minimal')
    await soon(async () =>
      expect(await statusOf('minimal')).toMatchObject({ message: 'hello world' }),
    )
  },
  async children() {
    const children = async () => {
      const { items } = await kube.list(core.configMap, { namespace: 'default' })
      return items.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('tree-'))
    }
    await create('tree', { items: ['leaf', 'root'] })
    await soon(async () => expect(await children()).toEqual(['tree-leaf', 'tree-root']))
    await kube.delete(core.configMap, { name: 'tree-leaf', namespace: 'default' })
    await soon(async () => expect(await children()).toEqual(['tree-leaf', 'tree-root']))
    await kube.patch(
      widgets,
      { name: 'tree', namespace: 'default' },
      { spec: { items: ['root'] } },
      { type: 'merge' },
    )
    await soon(async () => expect(await children()).toEqual(['tree-root']))
  },
}

const examples = readdirSync(join(import.meta.dirname, '../../../operator/framework/examples'))
const programs = examples
  .filter((file) => file.endsWith('.ts') && !['widget.ts', 'testing.ts'].includes(file))
  .map((file) => file.replace('.ts', ''))

test('every example has a story', () => {
  expect(Object.keys(stories).toSorted()).toEqual(programs.toSorted())
})

test.each(programs)('the example %s runs where nothing but the package is', async (name) => {
  const shared = name === 'leader-election' ? ['--lease', 'default/painters'] : []
  const command = await working(run(`examples/${name}.ts`, ...shared))
  await stories[name]?.(command)
  await stopped(command)
})

test('the example testing tests itself with the kit of the package', async () => {
  const { code, said } = await app.node(['--test', 'examples/testing.ts'])
  expect(said).toMatch(/pass 1$/m)
  expect(code).toBe(0)
})

test('the examples and whatever the documents show compile against the package', async () => {
  const pages = readdirSync(join(app.dir, 'docs')).map((page) => join('docs', page))
  const shown = [...pages, 'node_modules/@cratekube/framework/README.md'].flatMap((page) =>
    blocksOf(readFileSync(join(app.dir, page), 'utf8')).map((text, at) => {
      const file = `examples/${page.replaceAll(/\W+/g, '-')}-${at}.ts`
      app.write(file, `${text}\nexport {}\n`)
      return file
    }),
  )
  expect(shown.length).toBeGreaterThan(0)
  expect(await app.mistakes(['examples/**/*.ts'])).toBe('')
})

const blocksOf = (page: string) =>
  [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, text = '']) => text)

test('what a kind does not have does not compile', async () => {
  app.write('wrong.ts', wrong)
  expect((await app.mistakes(['wrong.ts'])).match(/wrong\.ts\(\d+/g)).toEqual([
    'wrong.ts(5',
    'wrong.ts(6',
    'wrong.ts(7',
  ])
})

const wrong = `import { settled, type Operator } from '@cratekube/framework'
import { widgets } from './examples/widget.ts'
export default (op: Operator) => {
  op.for(widgets).reconcile(async (c) => {
    c.status({ messsage: 'a field that the status does not have' })
    c.status({ size: 'a field of another type' })
    if (c.obj.spec.colour) return settled
    c.status({ size: c.obj.spec.size ?? 0 })
    return settled
  })
}
`

test('a program starts again when it is saved, and stops when it is told to', async () => {
  const saying = (text: string) =>
    `export default (op, { log }) => log.info('${text}')\nexport const options = { name: 'watched' }\n`
  app.write('watched.ts', saying('first'))
  const command = await working(run('watched.ts', '--watch'))
  writeFileSync(join(app.dir, 'watched.ts'), saying('second'))
  await soon(() => expect(command.said()).toMatch(/first[^]*second[^]*working/))
  await stopped(command)
})

test('a program serves the namespaces that it is told to', async () => {
  for (const name of ['shop-a', 'shop-old', 'barn'])
    await kube.create(core.namespace, { metadata: { name } })
  const message = async (namespace: string) =>
    (await kube.get(widgets, 'placed', namespace))?.status?.message
  for (const namespace of ['shop-a', 'shop-old', 'barn'])
    await kube.create(widgets, { metadata: { name: 'placed', namespace }, spec: {} })
  const command = await working(run('examples/minimal.ts', '-n', 'shop-*,!shop-old'))
  await soon(async () => expect(await message('shop-a')).toBe('hello world'))
  await stopped(command)
  expect([await message('shop-old'), await message('barn')]).toEqual([undefined, undefined])
})

test('a program says under --liveness whether it lives and is ready, and what it does', async () => {
  const port = await freePort()
  const command = await working(run('examples/minimal.ts', '--liveness', `127.0.0.1:${port}`))
  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`)
    return `${answer.status} ${await answer.text()}`
  }
  await soon(async () => expect(await ask('/readyz')).toMatch(/^200 (\[\+\] .+\n)+$/))
  expect(await ask('/healthz')).toMatch(/^200 (\[\+\] .+\n)+$/)
  await kube.create(widgets, { metadata: { name: 'counted-live', namespace: 'default' }, spec: {} })
  await soon(async () => expect(await ask('/metrics')).toMatch(/^reconcile_total\{.+\} [1-9]/m))
  expect(await ask('/elsewhere')).toBe('404 ')
  await stopped(command)
  await expect(ask('/healthz')).rejects.toThrow('fetch failed')
})

test('a program that is wrong is told of, with what is expected', async () => {
  app.write('wrong-export.ts', `export const handlers = []\n`)
  const command = run('wrong-export.ts')
  expect(await command.ended).toBe(2)
  expect(command.said()).toContain('wrong-export.ts: expected a default export (op) => { … }')
})
