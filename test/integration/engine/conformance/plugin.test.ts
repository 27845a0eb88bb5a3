// serveProvider makes a provider a plugin process; the plugin client drives it: configuration, steps, failures, secrets.
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pulumi from '@pulumi/pulumi'
import { expect, onTestFinished, test, vi } from 'vitest'
import { startPlugin } from '../../../../operator/engine/embedded/providers/plugin-client.ts'
import { findPlugins } from '../../../../operator/engine/plugins.ts'
import { secretOf } from '../../../../operator/engine/embedded/values/values.ts'
import { pairInUse, Thing } from './component-provider.ts'
import { openStack } from './stack-harness.ts'

const providerModule = fileURLToPath(new URL('component-provider.ts', import.meta.url))
const serveModule = fileURLToPath(
  new URL('../../../../operator/engine/embedded/providers/serve-provider.ts', import.meta.url),
)

class Explicit extends pulumi.ProviderResource {
  constructor(name: string, props: pulumi.Inputs, options: pulumi.ResourceOptions) {
    super('fake', name, props, options)
  }
}

/** An executable pulumi-resource-fake in PULUMI_HOME, as an installed plugin is. */
async function installPlugin(folder: string): Promise<void> {
  const home = join(folder, 'home')
  const plugin = join(home, 'plugins', 'resource-fake-v1.2.3')
  await mkdir(plugin, { recursive: true })
  const main = join(folder, 'plugin.ts')
  await writeFile(
    main,
    [
      `import { serveProvider } from ${JSON.stringify(serveModule)}`,
      `import { componentProvider } from ${JSON.stringify(providerModule)}`,
      `await serveProvider('fake', componentProvider({ calls: [], gone: [], undeletable: [] }))`,
    ].join('\n'),
  )
  const file = join(plugin, 'pulumi-resource-fake')
  await writeFile(file, `#!/bin/sh\nexec ${process.execPath} ${main} "$@"\n`)
  await chmod(file, 0o755)
  vi.stubEnv('PULUMI_HOME', home)
  onTestFinished(() => void vi.unstubAllEnvs())
}

test('a stack runs on a provider in a process of its own', async () => {
  await using stack = await openStack({ source: startPlugin })
  await installPlugin(stack.folder)
  const up = (size: number) =>
    stack.up(async () => {
      const a = new Thing('a', { name: 'a', size, pw: secretOf('x').value })
      const b = new Thing('b', { name: 'b', ref: a.arn, pw: pulumi.secret('hidden') })
      return { b: b.arn }
    })
  const created = await up(1)
  expect(created.outputs['b']?.value).toBe('arn:fake:b')
  expect(created.summary.resourceChanges).toEqual({ create: 3 })
  expect((await up(1)).summary.resourceChanges).toEqual({ same: 3 })
  expect((await up(2)).summary.resourceChanges).toEqual({ same: 2, update: 1 })
  expect(JSON.stringify(await stack.records())).not.toContain('hidden')
  await stack.destroy()
  expect(await stack.records()).toEqual({})
})

test('a resource that was made but is not healthy comes back as such', async () => {
  await using stack = await openStack({ source: startPlugin })
  await installPlugin(stack.folder)
  const failed = stack.up(async () => {
    void new Thing('c', { name: 'c', fail: 'init' })
    return {}
  })
  await expect(failed).rejects.toThrow('not ready')
  expect((await stack.records())['c']).toMatchObject({ id: 'id-c', initErrors: ['not ready'] })
})

test('a provider that knows no previews is asked in none, for the official CLI asks every plugin', async () => {
  await using stack = await openStack({ source: startPlugin })
  await installPlugin(stack.folder)
  const { provider, close } = await startPlugin({ package: 'fake', version: '1.2.3', url: '' })
  onTestFinished(() => close?.())
  const [urn, inputs] = ['urn:pulumi:dev::proj::fake:index:Thing::a', { name: 'a' }]
  const asked = { timeoutSeconds: 0, preview: true, oldInputs: {}, ignoreChanges: [] }
  await provider.configure?.({})
  const created = await provider.create?.(urn, inputs, asked)
  expect(created?.outputs).toEqual(inputs)
  const updated = await provider.update?.({ urn, id: 'id-a' }, {}, inputs, asked)
  expect(updated?.outputs).toEqual(inputs)
  const made = await provider.create?.(urn, inputs, { ...asked, preview: false })
  expect(made?.outputs).toHaveProperty('arn')
})

test('a component in a plugin makes its children in this engine, and its outputs know where they come from', async () => {
  await using stack = await openStack({ source: startPlugin })
  await installPlugin(stack.folder)
  const { outputs, summary } = await stack.up(pairInUse)
  expect(outputs['pair']?.value).toBe('arn:fake:pair2')
  expect(summary.resourceChanges).toEqual({ create: 6 })
  const records = await stack.records()
  expect(records['user']?.propertyDependencies?.['ref']).toContain(records['pair-second']?.urn)
  expect(records['pair-first']?.inputs?.['name']).toBe('arn:fake:base')
  await stack.destroy()
  expect(await stack.records()).toEqual({})
})

test('a package that nobody provides is named', async () => {
  await using stack = await openStack({ source: startPlugin })
  vi.stubEnv('PULUMI_HOME', stack.folder)
  onTestFinished(() => void vi.unstubAllEnvs())
  const failed = stack.up(async () => {
    void new Thing('c', { name: 'c' })
    return {}
  })
  await expect(failed).rejects.toThrow(
    "no resource plugin 'pulumi-resource-fake' found in the workspace",
  )
})

test('a plugin of the run serves whatever version is asked for', async () => {
  await using stack = await openStack({ source: startPlugin })
  await installPlugin(stack.folder)
  const own = await findPlugins({ fake: '1.2.0' }, join(stack.folder, 'home'))
  const { provider, close } = await startPlugin({ package: 'fake', version: '7.0.0', url: '' }, own)
  onTestFinished(() => close?.())
  expect(provider.version).toBeDefined()
})

test('the state says which plugin an explicit provider is', async () => {
  await using stack = await openStack({ source: startPlugin })
  await installPlugin(stack.folder)
  const up = (version: string) =>
    stack.up(async () => {
      const provider = new Explicit('own', { region: 'r' }, { version })
      void new Thing('a', { name: 'a' }, { provider })
      return {}
    })
  await up('1.2.3')
  expect((await stack.records())['own']?.inputs).toEqual({ region: 'r', version: '1.2.3' })
  expect((await up('1.2.3')).summary.resourceChanges).toEqual({ same: 3 })
  await expect(up('2.0.0')).rejects.toThrow(
    "no resource plugin 'pulumi-resource-fake' found in the workspace at version v2.0.0",
  )
})
