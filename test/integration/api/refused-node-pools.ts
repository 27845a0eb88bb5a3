// What cannot stand in spec.nodePools.
import type { Refusal } from './refusal.ts'

const labels = 'spec.nodePools[].labels: expected'
const taintKey = 'spec.nodePools[].taints[].key: expected a key such as dedicated'
const taintValue = 'spec.nodePools[].taints[].value: expected letters, digits'

const refusedLabels: Refusal[] = [
  ...['', 'a b', 'café', 'abc-', '-abc', 'a,b=c', 'b --anonymous-auth=true', 'a\n'].map(
    (value): Refusal => [
      `the label value ${JSON.stringify(value)}`,
      'nodePools.0.labels',
      { tier: value },
      `${labels} values of 1 to 63`,
    ],
  ),
  [
    'a label value of 64 characters',
    'nodePools.0.labels',
    { tier: 'a'.repeat(64) },
    'spec.nodePools[0].labels.tier: Too long',
  ],
  ...[
    '',
    'foo bar',
    '/foo',
    'foo/',
    'a/b/c',
    'a'.repeat(64),
    'Example.com/a',
    'a=b',
    'x,y',
    'ü',
    '-a',
    'a\n',
  ].map((key): Refusal => [
    `the label key ${JSON.stringify(key)}`,
    'nodePools.0.labels',
    { [key]: 'a' },
    `${labels} keys such as tier`,
  ]),
  ...['kubernetes.io/a', 'Kubernetes.IO/a', 'x.k8s.io/a', 'eks.amazonaws.com/nodegroup'].map(
    (key): Refusal => [
      `the reserved label ${key}`,
      'nodePools.0.labels',
      { [key]: 'a' },
      `${labels} keys outside kubernetes.io`,
    ],
  ),
]

const refusedTaints: Refusal[] = [
  ...['foo bar', '/foo', 'a/b/c', 'a=b', 'a:b', 'Example.com/a'].map((key): Refusal => [
    `the taint key ${JSON.stringify(key)}`,
    'nodePools.0.taints',
    [{ key, effect: 'NoSchedule' }],
    taintKey,
  ]),
  [
    'a taint key of 64 characters',
    'nodePools.0.taints',
    [{ key: 'a'.repeat(64), effect: 'NoSchedule' }],
    'spec.nodePools[0].taints[0].key: Too long',
  ],
  ...['a b', 'a,b', 'a:NoExecute', 'é', 'a-'].map((value): Refusal => [
    `the taint value ${JSON.stringify(value)}`,
    'nodePools.0.taints',
    [{ key: 'a', value, effect: 'NoSchedule' }],
    taintValue,
  ]),
  [
    'a taint twice',
    'nodePools.0.taints',
    [
      { key: 'a', value: 'x', effect: 'NoSchedule' },
      { key: 'a', value: 'y', effect: 'NoSchedule' },
    ],
    'spec.nodePools[0].taints[1]: Duplicate value',
  ],
]

const marker = '4dabf18193072939515e22adb298388d'
const unknown = '04da6b54-80e4-46f7-96ec-b56ff0331ba9'
const unknownList = 'dd056dcd-154b-4c76-9bd3-c8f88648b5ff'

export const refusedNodePools: Refusal[] = [
  ...refusedLabels,
  ...refusedTaints,
  [
    'a label that Pulumi reads as a secret',
    'nodePools.0.labels',
    { [marker]: '1b47061264138c4ac30d75fd1eb44270' },
    `${labels} no key and no value that Pulumi`,
  ],
  [
    'a label that breaks Pulumi’s SDK',
    'nodePools.0.labels',
    { toString: 'a' },
    `${labels} no key and no value that Pulumi`,
  ],
  [
    'a label that Pulumi reads as unknown',
    'nodePools.0.labels',
    { tier: unknownList },
    `${labels} no key and no value that Pulumi`,
  ],
  [
    'a taint that Pulumi reads as unknown',
    'nodePools.0.taints',
    [{ key: 'a', value: unknown, effect: 'NoSchedule' }],
    taintValue,
  ],
  [
    'an instance type twice',
    'nodePools.0.aws.instanceTypes',
    ['m6i.large', 'm5.large', 'm6i.large'],
    'spec.nodePools[].aws.instanceTypes: expected each instance type once',
  ],
  [
    'more nodes than the most, which was left out',
    'nodePools.0.desired',
    5,
    'spec.nodePools[]: expected min ≤ desired ≤ max, got 1 ≤ 5 ≤ 3; left out, they are 1, 1 and 3',
  ],
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
    'nodePools.0.aws.instanceTypes',
    ['large'],
    'spec.nodePools[0].aws.instanceTypes[0]: Invalid value',
  ],
  [
    'a bad image id',
    'nodePools.0.aws.image',
    { id: 'ami-xyz' },
    'spec.nodePools[0].aws.image.id: Invalid value',
  ],
  [
    'two images',
    'nodePools.0.aws.image',
    { family: 'AL2023', id: 'ami-01234567' },
    'spec.nodePools[].aws.image: expected exactly one of family and id',
  ],
  [
    'no image',
    'nodePools.0.aws.image',
    {},
    'spec.nodePools[].aws.image: expected exactly one of family and id',
  ],
  [
    'an unknown capacity',
    'nodePools.0.aws.capacity',
    'Cheap',
    'spec.nodePools[0].aws.capacity: Unsupported value',
  ],
  [
    'a disk too small',
    'nodePools.0.aws.diskGiB',
    10,
    'spec.nodePools[0].aws.diskGiB: Invalid value: 10',
  ],
  [
    'an unknown taint effect',
    'nodePools.0.taints',
    [{ key: 'a', effect: 'Never' }],
    'spec.nodePools[0].taints[0].effect: Unsupported value',
  ],
  ['an unknown field of a pool', 'nodePools.0.size', 3, 'unknown field "spec.nodePools[0].size"'],
]
