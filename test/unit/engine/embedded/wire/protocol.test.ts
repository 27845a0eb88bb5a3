// What the engine uses of the SDK's generated stubs, which the SDK does not document: a new SDK that moves any of it fails
// here, by name, and not in the middle of an operation.
import { expect, test } from 'vitest'
import {
  readConstruct,
  writeConstruct,
} from '../../../../../operator/engine/embedded/wire/construct-protocol.ts'
import {
  clients,
  errorText,
  fromStruct,
  pb,
  grpcServices,
  toStruct,
} from '../../../../../operator/engine/embedded/wire/protocol.ts'
import {
  readError,
  writeInitError,
} from '../../../../../operator/engine/embedded/wire/provider-call.ts'
import {
  messages,
  ProviderClient,
  ProviderService,
  readDiff,
  readFailures,
  writeDiff,
  writeFailures,
} from '../../../../../operator/engine/embedded/wire/provider-protocol.ts'
import {
  InitError,
  type ConstructRequest,
} from '../../../../../operator/engine/embedded/providers/provider.ts'

test('the engine serves what an SDK asks for', () => {
  expect(Object.keys(grpcServices.monitor)).toEqual(
    expect.arrayContaining([
      'getDeploymentInfo',
      'supportsFeature',
      'registerResource',
      'registerResourceOutputs',
      'readResource',
      'invoke',
      'signalAndWaitForShutdown',
    ]),
  )
  expect(Object.keys(grpcServices.engine)).toEqual(
    expect.arrayContaining(['log', 'getRootResource', 'setRootResource', 'requirePulumiVersion']),
  )
  expect(grpcServices.monitor.registerResource.path).toBe(
    '/pulumirpc.ResourceMonitor/RegisterResource',
  )
  expect(clients.Language.prototype).toHaveProperty('run')
  expect(clients.Events.prototype).toHaveProperty('streamEvents')
})

test('providers are called by the methods that official plugins have', () => {
  const called = 'handshake getPluginInfo checkConfig diffConfig configure check diff create read update delete invoke construct cancel' // prettier-ignore
  for (const name of called.split(' ')) {
    expect(ProviderService, name).toHaveProperty([name, 'path'])
    expect(ProviderClient.prototype, name).toHaveProperty(name)
  }
})

test('a registration comes through the wire with all that the engine reads of it', () => {
  const { RegisterResourceRequest } = pb.resource
  const request = new RegisterResourceRequest()
    .setType('a:b:C')
    .setName('c')
    .setCustom(true)
    .setObject(toStruct({ size: 1 }))
    .setProtect(true)
    .setDeletebeforereplacedefined(true)
    .setIgnorechangesList(['size'])
    .setReplaceonchangesList(['kind'])
    .setCustomtimeouts(new RegisterResourceRequest.CustomTimeouts().setCreate('30m'))
  const read = RegisterResourceRequest.deserializeBinary(request.serializeBinary())
  expect(fromStruct(read.getObject())).toEqual({ size: 1 })
  expect(read.hasProtect()).toBe(true)
  expect(read.hasRetainondelete()).toBe(false)
  expect(read.getCustomtimeouts()?.getCreate()).toBe('30m')
  expect([read.getIgnorechangesList(), read.getReplaceonchangesList()]).toEqual([
    ['size'],
    ['kind'],
  ])
})

test('a component is asked of its provider with all that the program said of it', () => {
  const wanted = {
    type: 'a:b:C',
    name: 'c',
    inputs: { size: 1 },
    inputDependencies: { size: ['urn:d'] },
    parent: 'urn:p',
    monitorAddress: '127.0.0.1:1',
    project: 'proj',
    stack: 'dev',
    dryRun: true,
    parallel: 4,
    config: { 'proj:key': 'value' },
    configSecretKeys: ['proj:key'],
    providers: { aws: 'urn:aws::id' },
    dependencies: ['urn:e'],
    aliases: ['urn:old'],
    protect: false,
  }
  const read = (one: ConstructRequest) => {
    const bytes = writeConstruct(one, toStruct).serializeBinary()
    return readConstruct(messages.ConstructRequest.deserializeBinary(bytes))
  }
  expect(read({ ...wanted, engineAddress: 'elsewhere' })).toEqual(wanted)
  const { protect: _, ...unsaid } = wanted
  expect(read({ ...unsaid, engineAddress: 'elsewhere' })).toEqual(unsaid)
})

test('values pass a Struct unchanged, but for undefined', () => {
  const props = { a: [1, 'x', null, { b: true }], c: {}, d: '' }
  expect(fromStruct(toStruct({ ...props, gone: undefined }))).toEqual(props)
  expect(fromStruct(undefined)).toEqual({})
})

test('a diff says the same on both ends', () => {
  const diff = { changes: true, replaces: ['name'], diffs: ['name', 'size'], stables: ['id'] }
  expect(readDiff(writeDiff({ ...diff, deleteBeforeReplace: true }))).toEqual({
    ...diff,
    deleteBeforeReplace: true,
  })
  expect(readDiff(writeDiff({ changes: false })).changes).toBe(false)
  expect(readDiff(writeDiff({})).changes).toBeUndefined()
})

test('only the detailed diff of a plugin may say what must be replaced', () => {
  const { DiffResponse, PropertyDiff } = messages
  const response = new DiffResponse().setChanges(DiffResponse.DiffChanges.DIFF_SOME)
  const kind = PropertyDiff.Kind.UPDATE_REPLACE
  response.getDetaileddiffMap().set('tags.x', new PropertyDiff().setKind(kind))
  expect(readDiff(response)).toMatchObject({ replaces: ['tags.x'], diffs: ['tags.x'] })
})

test('failed checks keep their property', () => {
  const failures = [{ property: 'size', reason: 'too large' }]
  expect(readFailures(writeFailures(failures))).toEqual(failures)
})

test('a resource that is there but not healthy passes the border as such', () => {
  const error = new InitError('not ready', { id: 'i-1', properties: { a: 1 }, reasons: ['slow'] })
  const received = Object.assign(new Error('not ready'), { metadata: writeInitError(error) })
  expect(readError(received)).toMatchObject({
    name: 'InitError',
    id: 'i-1',
    properties: { a: 1 },
    reasons: ['slow'],
  })
  const plain = new Error('boom')
  expect(readError(plain)).toBe(plain)
})

test('the text of a gRPC error is its details', () => {
  expect(errorText(Object.assign(new Error('13 INTERNAL: boom'), { details: 'boom' }))).toBe('boom')
  expect(errorText('text')).toBe('text')
})
