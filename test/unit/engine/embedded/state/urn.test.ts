import { expect, test } from 'vitest'
import {
  isDefaultProvider,
  urnName,
  packageOf,
  parseProviderRef,
  urnType,
  urnOf,
} from '../../../../../operator/engine/embedded/state/urn.ts'
import { defaultProviderName } from '../../../../../operator/engine/embedded/providers/providers.ts'

const at = { stack: 'dev', project: 'proj' }

test('a URN carries the types of all parents but the stack’s', () => {
  const root = urnOf({ ...at, type: 'pulumi:pulumi:Stack', name: 'proj-dev' })
  const group = urnOf({ ...at, type: 'my:c:C', name: 'g', parent: root })
  expect(group).toBe('urn:pulumi:dev::proj::my:c:C::g')
  const child = urnOf({ ...at, type: 'aws:ec2/vpc:Vpc', name: 'v', parent: group })
  expect(child).toBe('urn:pulumi:dev::proj::my:c:C$aws:ec2/vpc:Vpc::v')
  expect([urnType(child), urnName(child)]).toEqual(['aws:ec2/vpc:Vpc', 'v'])
})

test('a name may hold what separates the parts', () => {
  expect(urnName(urnOf({ ...at, type: 't:t:T', name: 'a::b' }))).toBe('a::b')
})

test('packages, provider references and default providers', () => {
  expect([packageOf('pulumi:providers:aws'), packageOf('aws:ec2/vpc:Vpc')]).toEqual(['aws', 'aws'])
  expect(parseProviderRef('urn:pulumi:dev::proj::pulumi:providers:aws::p::id')).toEqual({
    urn: 'urn:pulumi:dev::proj::pulumi:providers:aws::p',
    id: 'id',
  })
  const name = defaultProviderName({ version: '7.48.0', url: '' })
  expect(name).toBe('default_7_48_0')
  expect(isDefaultProvider(urnOf({ ...at, type: 'pulumi:providers:aws', name }))).toBe(true)
  expect(isDefaultProvider(urnOf({ ...at, type: 'pulumi:providers:aws', name: 'defaults' }))).toBe(
    false,
  )
})
