// What cannot stand in spec.nodePools.
import type { Refusal } from './refusal.ts'

export const refusedNodePools: Refusal[] = [
  ['no pools', 'nodePools', [], 'spec.nodePools'],
  [
    'min above max',
    'nodePools.0',
    { name: 'a', min: 4, desired: 4, max: 3 },
    'spec.nodePools[]: expected min ≤ desired ≤ max',
  ],
  [
    'desired above max',
    'nodePools.0',
    { name: 'a', desired: 4, max: 3 },
    'spec.nodePools[]: expected min ≤ desired ≤ max',
  ],
  [
    'desired below min',
    'nodePools.0',
    { name: 'a', min: 2, desired: 1, max: 3 },
    'spec.nodePools[]: expected min ≤ desired ≤ max',
  ],
  [
    'two pools of one name',
    'nodePools',
    [{ name: 'a' }, { name: 'a' }],
    'spec.nodePools[1]: Duplicate value',
  ],
  [
    'a pool name of 64 characters',
    'nodePools.0.name',
    'a'.repeat(64),
    'spec.nodePools[0].name: Too long',
  ],
  [
    'a pool name with capitals',
    'nodePools.0.name',
    'Default',
    'spec.nodePools[0].name: Invalid value',
  ],
  [
    'a label of Kubernetes’ own',
    'nodePools.0.labels',
    { 'node-role.kubernetes.io/web': 'true' },
    'spec.nodePools[].labels: expected keys outside kubernetes.io, k8s.io and eks.amazonaws.com',
  ],
  [
    'an instance type of no form',
    'nodePools.0.instanceTypes',
    ['large'],
    'spec.nodePools[0].instanceTypes[0]: Invalid value',
  ],
  [
    'a bad image id',
    'nodePools.0.image',
    { id: 'ami-xyz' },
    'spec.nodePools[0].image.id: Invalid value',
  ],
  [
    'two images',
    'nodePools.0.image',
    { family: 'AL2023', id: 'ami-01234567' },
    'spec.nodePools[].image: expected exactly one of family and id',
  ],
  [
    'no image',
    'nodePools.0.image',
    {},
    'spec.nodePools[].image: expected exactly one of family and id',
  ],
  [
    'an unknown capacity',
    'nodePools.0.capacity',
    'Cheap',
    'spec.nodePools[0].capacity: Unsupported value',
  ],
  ['a disk too small', 'nodePools.0.diskGiB', 10, 'spec.nodePools[0].diskGiB: Invalid value: 10'],
  [
    'an unknown taint effect',
    'nodePools.0.taints',
    [{ key: 'a', effect: 'Never' }],
    'spec.nodePools[0].taints[0].effect: Unsupported value',
  ],
  ['an unknown field of a pool', 'nodePools.0.size', 3, 'unknown field "spec.nodePools[0].size"'],
]
