import { expect, test } from 'vitest'
import { onAws } from '../../../../operator/api/aws/aws-node-pool.ts'
import { kubeletFlags } from '../../../../programs/aws/user-data.ts'
import { tenantInput } from '../../../support/tenant-input.ts'

const flagsOf = (pool: object) => {
  const [own] = tenantInput({
    nodePools: [{ name: 'web', aws: { image: { id: 'ami-0123456789abcdef0' } }, ...pool }],
  }).spec.nodePools
  if (!own) throw new Error('no pool')
  return kubeletFlags('web-0a1b2c3d', onAws(own))
}

test('a taint without a value keeps its equals sign', () => {
  expect(flagsOf({ taints: [{ key: 'spot', effect: 'NoExecute' }] }).at(-1)).toBe(
    '--register-with-taints=spot=:NoExecute',
  )
})

test.each([
  ['a flag in a label’s value', { labels: { a: 'b --anonymous-auth=true' } }, 'labels'],
  ['another label in a value', { labels: { a: 'b,node-role.kubernetes.io/x=y' } }, 'labels'],
  ['a flag in a label’s key', { labels: { 'a --authorization-mode': 'AlwaysAllow' } }, 'labels'],
  ['a line break', { labels: { a: 'b\n--x' } }, 'labels'],
  ['a quote', { labels: { a: '"b"' } }, 'labels'],
  ['a variable', { labels: { a: '$HOME' } }, 'labels'],
  ['a flag in a taint’s key', { taints: [{ key: 'a --x', effect: 'NoSchedule' }] }, 'taints'],
  [
    'another taint in a value',
    { taints: [{ key: 'a', value: 'b:NoExecute,c=d', effect: 'NoSchedule' }] },
    'taints',
  ],
])('refuses %s, whatever the API server has let through', (_, pool, field) => {
  expect(() => flagsOf(pool)).toThrow(`spec.nodePools[web].${field}: expected`)
})
