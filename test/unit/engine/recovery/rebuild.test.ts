import type { StepEventStateMetadata } from '@pulumi/pulumi/automation/index.js'
import { expect, test } from 'vitest'
import { unknownValue } from '../../../../operator/engine/embedded/values/values.ts'
import { enter } from '../../../../operator/engine/recovery/rebuild.ts'

const provider = 'pulumi:providers:aws'
const told = (
  name: string,
  o: Partial<StepEventStateMetadata> & { type?: string } = {},
): StepEventStateMetadata => ({
  urn: name,
  type: 'aws:ec2/vpc:Vpc',
  custom: true,
  id: '',
  parent: '',
  provider: `aws::${unknownValue}`,
  inputs: {},
  outputs: {},
  ...o,
})
const wanted = (...all: StepEventStateMetadata[]) => new Map(all.map((one) => [one.urn, one]))
const stack = told('stack', { type: 'pulumi:pulumi:Stack', custom: false, provider: '' })
const aws = told('aws', { type: provider, provider: '', parent: 'stack', inputs: { region: 'r' } })
const vpc = told('vpc', { parent: 'stack', inputs: { cidrBlock: '10.0.0.0/16' } })

test('what was found enters with its parent and the provider that is made for it', () => {
  const state = enter([], wanted(stack, aws, vpc), new Map([['vpc', 'vpc-1']]))
  const [, { id } = {}] = state as { id?: string }[]
  expect(id).toMatch(/^[0-9a-f-]{36}$/)
  expect(state).toMatchObject([
    { urn: 'stack', custom: false, inputs: {}, outputs: {} },
    { urn: 'aws', custom: true, parent: 'stack', inputs: { region: 'r' } },
    {
      urn: 'vpc',
      id: 'vpc-1',
      parent: 'stack',
      provider: `aws::${id}`,
      inputs: vpc.inputs,
      outputs: vpc.inputs,
      dependencies: [],
    },
  ])
})

test('what was found in a later round comes after all that was found before, and depends on it', () => {
  const first = enter([], wanted(stack, aws, vpc), new Map([['vpc', 'vpc-1']]))
  const subnet = told('subnet', { parent: 'stack', inputs: { vpcId: 'vpc-1' } })
  // The program may ask for it earlier now.
  const both = wanted(stack, aws, subnet, vpc)
  const state = enter(first, both, new Map([['subnet', 'subnet-1']]))
  expect(state.slice(0, 3)).toEqual(first)
  expect(state[3]).toMatchObject({ urn: 'subnet', id: 'subnet-1', dependencies: ['vpc'] })
})

test.each<[string, StepEventStateMetadata[]]>([
  ['that was not found', [stack, aws, told('other', { parent: 'stack' })]],
  ['whose parent is not there', [stack, aws, told('vpc', { parent: 'other' })]],
  ['whose provider is not there', [stack, vpc]],
  ['whose provider is not known yet', [stack, { ...aws, inputs: { region: unknownValue } }, vpc]],
])('a resource %s does not enter', (_, all) => {
  const urns = enter([], wanted(...all), new Map([['vpc', 'vpc-1']])).map(({ urn }) => urn)
  expect(urns.filter((urn) => urn !== 'stack' && urn !== 'aws')).toEqual([])
})

test('of a component and of the stack enters what is known and no secret, and it follows', () => {
  const secret = { '4dabf18193072939515e22adb298388d': 'x', ciphertext: '[secret]' }
  const component = (inputs: object) =>
    told('component', { type: 'eks:index:Cluster', custom: false, parent: 'stack', inputs })
  const before = enter(
    [],
    wanted(stack, component({ name: 'a', vpcId: unknownValue, hidden: { deep: [secret] } })),
    new Map(),
  )
  expect(before.at(-1)).toMatchObject({ inputs: { name: 'a' } })
  expect(before.at(-1)?.inputs).toEqual({ name: 'a' })
  const ended = { ...stack, outputs: { vpcId: 'vpc-1', kubeconfig: '[secret]' } }
  const after = enter(before, wanted(ended, component({ name: 'a', vpcId: 'vpc-1' })), new Map())
  expect(after).toMatchObject([{ urn: 'stack' }, { inputs: { name: 'a', vpcId: 'vpc-1' } }])
  expect(after[0]?.['outputs']).toEqual({ vpcId: 'vpc-1' })
})
