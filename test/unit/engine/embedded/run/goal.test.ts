// What a registration of the SDK comes to.
import { expect, test } from 'vitest'
import aliasPb from '@pulumi/pulumi/proto/alias_pb.js'
import structPb from 'google-protobuf/google/protobuf/struct_pb.js'
import resourcePb from '@pulumi/pulumi/proto/resource_pb.js'
import { parseDuration, readGoal } from '../../../../../operator/engine/embedded/run/goal.ts'
import { outputSignature } from '../../../../../operator/engine/embedded/values/values.ts'
import { signatureKey } from '../../../../../operator/api/schema/grammar.ts'

const { RegisterResourceRequest } = resourcePb
const struct = (props: Record<string, unknown>) => structPb.Struct.fromJavaScript(props as never)

test('an empty registration wants nothing in particular', () => {
  expect(readGoal(new RegisterResourceRequest())).toEqual({
    type: '',
    name: '',
    custom: false,
    remote: false,
    parent: '',
    inputs: {},
    dependencies: [],
    propertyDependencies: {},
    provider: '',
    providers: {},
    version: '',
    pluginDownloadURL: '',
    protect: undefined,
    retainOnDelete: undefined,
    deletedWith: '',
    deleteBeforeReplace: undefined,
    ignoreChanges: [],
    replaceOnChanges: [],
    additionalSecretOutputs: [],
    aliases: [],
    importId: '',
    customTimeouts: undefined,
  })
})

test('every option is read', () => {
  const request = new RegisterResourceRequest()
    .setType('fake:index:Thing')
    .setName('a')
    .setCustom(true)
    .setRemote(true)
    .setParent('urn:p')
    .setProvider('urn:prov::1')
    .setVersion('1.2.3')
    .setPlugindownloadurl('https://x')
    .setDeletedwith('urn:w')
    .setIgnorechangesList(['b'])
    .setReplaceonchangesList(['c'])
    .setAdditionalsecretoutputsList(['d'])
    .setImportid('i')
  request.getProvidersMap().set('fake', 'urn:other::2')
  expect(readGoal(request)).toMatchObject({
    type: 'fake:index:Thing',
    name: 'a',
    custom: true,
    remote: true,
    parent: 'urn:p',
    provider: 'urn:prov::1',
    providers: { fake: 'urn:other::2' },
    version: '1.2.3',
    pluginDownloadURL: 'https://x',
    deletedWith: 'urn:w',
    ignoreChanges: ['b'],
    replaceOnChanges: ['c'],
    additionalSecretOutputs: ['d'],
    importId: 'i',
  })
})

test.each([true, false])(
  'what is said, if only that it is not, is not what nobody says: %s',
  (said) => {
    const request = new RegisterResourceRequest()
      .setProtect(said)
      .setRetainondelete(said)
      .setDeletebeforereplace(said)
      .setDeletebeforereplacedefined(true)
    expect(readGoal(request)).toMatchObject({
      protect: said,
      retainOnDelete: said,
      deleteBeforeReplace: said,
    })
    request.setDeletebeforereplacedefined(false)
    expect(readGoal(request).deleteBeforeReplace).toBeUndefined()
  },
)

test('dependencies are joined from lists and values, by property and for the resource', () => {
  const output = { [signatureKey]: outputSignature, value: 7, dependencies: ['urn:v'] }
  const request = new RegisterResourceRequest()
    .setObject(struct({ size: output, name: 'n', none: null }))
    .setDependenciesList(['urn:l'])
  const ofName = new RegisterResourceRequest.PropertyDependencies().setUrnsList(['urn:n'])
  request.getPropertydependenciesMap().set('name', ofName)
  expect(readGoal(request)).toMatchObject({
    inputs: { size: 7, name: 'n' },
    dependencies: expect.arrayContaining(['urn:l', 'urn:v', 'urn:n']),
    propertyDependencies: { size: ['urn:v'], name: ['urn:n'] },
  })
  expect(readGoal(request).inputs).not.toHaveProperty('none')
})

test('aliases are read in both forms', () => {
  const spec = new aliasPb.Alias.Spec()
    .setName('b')
    .setType('t')
    .setStack('s')
    .setProject('q')
    .setParenturn('urn:p')
  const request = new RegisterResourceRequest()
    .setAliasesList([
      new aliasPb.Alias().setSpec(spec),
      new aliasPb.Alias().setSpec(new aliasPb.Alias.Spec().setNoparent(true)),
      new aliasPb.Alias().setUrn('urn:1'),
    ])
    .setAliasurnsList(['urn:2'])
  expect(readGoal(request).aliases).toEqual([
    { name: 'b', type: 't', stack: 's', project: 'q', parent: 'urn:p', noParent: false },
    { name: '', type: '', stack: '', project: '', parent: '', noParent: true },
    { urn: 'urn:1' },
    { urn: 'urn:2' },
  ])
})

test('timeouts are those that are given, in seconds', () => {
  const { CustomTimeouts } = RegisterResourceRequest
  const goal = (timeouts: InstanceType<typeof CustomTimeouts>) =>
    readGoal(new RegisterResourceRequest().setCustomtimeouts(timeouts)).customTimeouts
  expect(goal(new CustomTimeouts().setCreate('2m').setDelete('5s'))).toEqual({
    create: 120,
    delete: 5,
  })
  expect(goal(new CustomTimeouts().setUpdate('1h'))).toEqual({ update: 3_600 })
  expect(goal(new CustomTimeouts())).toBeUndefined()
})

test.each([
  ['1h', 3_600],
  ['1m', 60],
  ['1s', 1],
  ['1ms', 0.001],
  ['1us', 1e-6],
  ['1ns', 1e-9],
  ['1h30m', 5_400],
  ['1.5h', 5_400],
  ['0s', 0],
])('%s are %f seconds', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds)
})

test.each(['', '30', 'm', '1.h', '1 m', '-1m'])('%j is no duration', (text) => {
  expect(() => parseDuration(text)).toThrow('write it as 30m or 90s')
})
