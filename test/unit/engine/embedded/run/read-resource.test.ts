// Resources of elsewhere, and functions of providers.
import { expect, test } from 'vitest'
import {
  invoke,
  readResource,
  type InvokeGoal,
  type ReadGoal,
} from '../../../../../operator/engine/embedded/run/read-resource.ts'
import { secretOf, unknownValue } from '../../../../../operator/engine/embedded/values/values.ts'
import { onProvider, provider, stage, thing, urn } from './stage.ts'

const wanted = (more: Partial<ReadGoal> = {}): ReadGoal => ({
  type: 'fake:index:Thing',
  name: 'g',
  id: 'ext-1',
  parent: '',
  inputs: {},
  dependencies: [],
  provider: onProvider,
  version: '',
  pluginDownloadURL: '',
  additionalSecretOutputs: [],
  ...more,
})
const found = { read: async () => ({ id: 'ext-1', outputs: { arn: 'x', pw: 'y' } }) }

test('is entered as another’s, with what its provider says', async () => {
  const on = stage({ provider: found })
  const record = await readResource(on.run, wanted({ inputs: { pw: secretOf('y') } }))
  expect(record).toEqual({
    urn: urn('g'),
    custom: true,
    id: 'ext-1',
    type: 'fake:index:Thing',
    inputs: { pw: secretOf('y') },
    outputs: { arn: 'x', pw: secretOf('y') },
    external: true,
    provider: onProvider,
  })
  expect(on.record('g')).toEqual(record)
  expect(on.run.registered.get(urn('g'))).toEqual({ record })
  expect(on.told).toEqual(['starting read g', 'read g'])
  expect(on.written[0]?.pending).toMatchObject([{ type: 'reading' }])
  expect(on.run.changes).toEqual({})
  const inputs = { pw: secretOf('y') }
  expect(on.given).toEqual([[{ urn: urn('g'), id: 'ext-1' }, inputs, inputs]])
})

test('keeps what the program says of it', async () => {
  const on = stage({ provider: found })
  const more = { parent: urn('p'), dependencies: [urn('d')], additionalSecretOutputs: ['arn'] }
  expect(await readResource(on.run, wanted(more))).toMatchObject({
    ...more,
    outputs: { arn: secretOf('x') },
  })
})

test('an answer without outputs has none', async () => {
  const on = stage({ provider: { read: async () => ({ id: 'ext-1' }) } })
  expect(await readResource(on.run, wanted())).toMatchObject({ outputs: {} })
})

test('takes the place of what was read before, and counts where that has changed', async () => {
  const old = thing('g', { external: true, outputs: { arn: 'x', pw: 'y' } })
  const on = stage({ resources: [old], provider: found })
  await readResource(on.run, wanted())
  expect(on.names()).toEqual(['g'])
  expect(on.run.changes).toEqual({})
  expect(on.run.matched).toEqual(new Set([old]))
  const changed = stage({ resources: [{ ...old, outputs: { arn: 'z' } }], provider: found })
  await readResource(changed.run, wanted())
  expect(changed.run.changes).toEqual({ read: 1 })
})

test('one that was this stack’s own is deleted in the end', async () => {
  const on = stage({ resources: [thing('g')], provider: found })
  await readResource(on.run, wanted())
  expect(on.names()).toEqual(['g', '-g'])
  expect(on.record('-g')).toMatchObject({ id: 'id-g' })
  expect(on.record('g')).toMatchObject({ id: 'ext-1' })
})

test('one that is to be deleted stays so', async () => {
  const old = thing('g', { delete: true })
  const on = stage({ resources: [old], provider: found })
  await readResource(on.run, wanted())
  expect(on.run.matched).toEqual(new Set())
  expect(on.names().toSorted()).toEqual(['-g', 'g'])
})

test.each([
  ['its id', { id: unknownValue, inputs: { a: 1 } }],
  ['an input', { inputs: { a: unknownValue } }],
])('is not asked for before %s is known', async (_, more) => {
  const on = stage({ dryRun: true })
  const record = await readResource(on.run, wanted(more))
  expect(record.outputs).toEqual(more.inputs)
  expect(on.calls).toEqual([])
})

test('nor before its provider is', async () => {
  const unknown = { ...provider, id: 'p9', inputs: { region: unknownValue } }
  const on = stage({ resources: [unknown], dryRun: true })
  const record = await readResource(on.run, wanted({ provider: `${unknown.urn}::p9` }))
  expect(record.outputs).toEqual({})
})

test('one that is not there fails', async () => {
  const on = stage({ provider: { read: async () => ({}) } })
  await expect(readResource(on.run, wanted())).rejects.toThrow("resource 'ext-1' does not exist")
  expect(on.names()).toEqual([])
})

test('a provider that cannot read is told by the type', async () => {
  const on = stage({ provider: { read: undefined as never } })
  await expect(readResource(on.run, wanted())).rejects.toThrow(
    'the provider of fake:index:Thing cannot read resources',
  )
})

test('nothing is read after a failure', async () => {
  const on = stage({ provider: found })
  on.run.failure = 'earlier'
  await expect(readResource(on.run, wanted())).rejects.toThrow('earlier')
  expect(on.told).toEqual([])
})

test('a fault before the step stops the update, with the name of the resource', async () => {
  const on = stage()
  await expect(readResource(on.run, wanted({ provider: 'urn:gone::1' }))).rejects.toThrow(
    'urn:gone',
  )
  expect(on.run.failure).toContain('urn:gone')
})

test('without a provider the package’s own is made', async () => {
  const on = stage({ provider: found })
  const more = { provider: '', version: '2.0.0', pluginDownloadURL: 'https://x' }
  await readResource(on.run, wanted(more))
  const name = 'default_2_0_0_https___x'
  expect(on.record(name)?.inputs).toEqual({ version: '2.0.0', pluginDownloadURL: 'https://x' })
  expect(on.record('g')?.provider).toContain(urn(name, 'pulumi:providers:fake'))
})

const call = (more: Partial<InvokeGoal> = {}): InvokeGoal => ({
  token: 'fake:index:getThing',
  args: { a: 1 },
  provider: onProvider,
  version: '',
  pluginDownloadURL: '',
  ...more,
})

test('a function answers with what the provider says', async () => {
  const on = stage()
  expect(await invoke(on.run, call())).toEqual({ outputs: { a: 1 } })
  expect(on.given).toEqual([['fake:index:getThing', { a: 1 }]])
})

test('a function of no provider in particular is asked of the package’s own', async () => {
  const on = stage()
  const request = call({ provider: '', version: '2.0.0', pluginDownloadURL: 'https://x' })
  expect(await invoke(on.run, request)).toEqual({ outputs: { a: 1 } })
  expect(on.record('default_2_0_0_https___x')).toBeDefined()
})

test('a function whose provider is not known yet answers nothing', async () => {
  const unknown = { ...provider, id: 'p9', inputs: { region: unknownValue } }
  const on = stage({ resources: [unknown] })
  expect(await invoke(on.run, call({ provider: `${unknown.urn}::p9` }))).toEqual({})
})

test('a provider without functions says so', async () => {
  const on = stage({ provider: { invoke: undefined as never } })
  await expect(invoke(on.run, call())).rejects.toThrow(
    'the provider of fake:index:getThing has no functions',
  )
})

test('what is in the state is looked up there', async () => {
  const { id: _, outputs: __, ...bare } = thing('b')
  const on = stage({ resources: [thing('a', { delete: true, id: 'old' }), thing('a'), bare] })
  const ask = (of: string) =>
    invoke(on.run, call({ token: 'pulumi:pulumi:getResource', args: { urn: urn(of) } }))
  expect(await ask('a')).toEqual({ outputs: { urn: urn('a'), id: 'id-a', state: { size: 1 } } })
  expect(await ask('b')).toEqual({ outputs: { urn: urn('b'), id: '', state: {} } })
  await expect(ask('c')).rejects.toThrow(`unknown resource ${urn('c')}`)
  expect(on.calls).toEqual([])
})
