// Which node pools take a pod.
import { expect, test } from 'vitest'
import { placementOf, takersOf, type Placement } from '../../../../operator/api/tenant/placement.ts'
import { minimalSpec, specOf } from '../../../support/tenant-cluster.ts'

const pool = (change: object) =>
  specOf({ ...minimalSpec, nodePools: [{ name: 'a', ...change }] }).nodePools
const dedicated = (effect: string) => ({ taints: [{ key: 'team', value: 'ml', effect }] })

test.each<[what: string, change: object, placement: Placement, taken: boolean]>([
  ['a plain pod', {}, {}, true],
  ['no nodes', { min: 0, desired: 0 }, { tolerations: [{ operator: 'Exists' }] }, false],
  ['a taint', dedicated('NoSchedule'), {}, false],
  ['a taint that evicts', dedicated('NoExecute'), {}, false],
  ['a taint that is a wish', dedicated('PreferNoSchedule'), {}, true],
  ['any taint tolerated', dedicated('NoSchedule'), { tolerations: [{ operator: 'Exists' }] }, true],
  [
    'its key tolerated',
    dedicated('NoSchedule'),
    { tolerations: [{ key: 'team', operator: 'Exists' }] },
    true,
  ],
  [
    'its value tolerated',
    dedicated('NoSchedule'),
    { tolerations: [{ key: 'team', value: 'ml' }] },
    true,
  ],
  [
    'another value',
    dedicated('NoSchedule'),
    { tolerations: [{ key: 'team', value: 'web' }] },
    false,
  ],
  ['no value', dedicated('NoSchedule'), { tolerations: [{ key: 'team' }] }, false],
  [
    'another effect',
    dedicated('NoExecute'),
    { tolerations: [{ key: 'team', operator: 'Exists', effect: 'NoSchedule' }] },
    false,
  ],
  ['a label', { labels: { tier: 'web' } }, { nodeSelector: { tier: 'web' } }, true],
  ['another label', { labels: { tier: 'web' } }, { nodeSelector: { tier: 'db' } }, false],
  ['a label of none', {}, { nodeSelector: { 'example.com/tier': 'web' } }, false],
  ['a label that Kubernetes sets', {}, { nodeSelector: { 'kubernetes.io/arch': 'arm64' } }, true],
  [
    'a label that EKS sets',
    {},
    { nodeSelector: { 'eks.amazonaws.com/capacityType': 'SPOT' } },
    true,
  ],
])('%s', (_, change, placement, taken) => {
  expect(takersOf(pool(change), placement)).toHaveLength(taken ? 1 : 0)
})

test('what is no placement says nothing of where a pod may run', () => {
  for (const odd of [undefined, null, 'x', [], { tolerations: {} }, { nodeSelector: { a: 1 } }]) {
    expect(placementOf(odd)).toEqual({})
  }
})
