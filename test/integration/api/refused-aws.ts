// What cannot stand in spec.provider.aws.
import { minimalSpec } from '../../support/tenant-cluster.ts'
import type { Refusal } from './refusal.ts'

const cidr = 'spec.provider.aws.vpc.cidr: expected'
const publicCidrs = 'spec.provider.aws.endpointAccess.publicCidrs: expected'
const privateCidrs = 'spec.provider.aws.endpointAccess.privateCidrs: expected'
const tags = 'spec.provider.aws.tags: expected'

const refusedRanges: Refusal[] = [
  ...[
    '0.0.0.0/16',
    '127.0.0.0/16',
    '169.254.0.0/16',
    '224.0.0.0/16',
    '8.8.0.0/16',
    '172.32.0.0/16',
    '198.18.0.0/16',
  ].map((range): Refusal => [
    `the network ${range}`,
    'provider.aws.vpc.cidr',
    range,
    `${cidr} a private range`,
  ]),
  ...['172.17.0.0/16', '172.17.16.0/20'].map((range): Refusal => [
    `the network ${range}, of containers on a machine`,
    'provider.aws.vpc.cidr',
    range,
    `${cidr} a range outside 172.17.0.0/16`,
  ]),
  ...[
    '10.0.0.0/8',
    '10.1.2.0/24',
    '192.168.0.0/16',
    '172.16.0.0/12',
    '100.64.0.0/16',
    '127.0.0.1/32',
    '169.254.1.0/24',
    '224.0.0.0/8',
    '240.0.0.0/8',
    '0.0.0.0/8',
    '8.0.0.0/6',
    '0.0.0.0/1',
  ].map((range): Refusal => [
    `the public range ${range}`,
    'provider.aws.endpointAccess.publicCidrs',
    [range],
    `${publicCidrs} 0.0.0.0/0 or ranges of public addresses`,
  ]),
  [
    'host bits in a public range',
    'provider.aws.endpointAccess.publicCidrs',
    ['203.0.113.5/24'],
    `${publicCidrs} no bits behind the prefix`,
  ],
  [
    'a public range twice',
    'provider.aws.endpointAccess.publicCidrs',
    ['203.0.113.0/24', '198.51.100.0/24', '203.0.113.0/24'],
    `${publicCidrs} each range once`,
  ],
]

const refusedPrivateRanges: Refusal[] = (
  [
    ['the private range', 'office', 'IPv4 ranges'],
    ['the IPv6 range', 'fd00::/8', 'IPv4 ranges'],
    ['host bits in the private range', '10.20.0.1/16', 'no bits behind the prefix'],
    ['everybody by the range', '0.0.0.0/0', 'prefix lengths from 8 to 32'],
    ['half of everybody by the range', '128.0.0.0/1', 'prefix lengths from 8 to 32'],
    ['the range of a machine', '127.0.0.0/8', 'ranges that are routed'],
    ['the range of a link', '169.254.169.254/32', 'ranges that are routed'],
    ['the range of many receivers', '239.0.0.0/8', 'ranges that are routed'],
  ] as const
).map(([what, range, why]): Refusal => [
  `${what} ${range}`,
  'provider.aws.endpointAccess.privateCidrs',
  ['10.9.0.0/16', range],
  `${privateCidrs} ${why}`,
])

const refusedPrivateAccess: Refusal[] = [
  ...refusedPrivateRanges,
  [
    'a private range twice',
    'provider.aws.endpointAccess.privateCidrs',
    ['10.20.0.0/16', '10.21.0.0/16', '10.20.0.0/16'],
    `${privateCidrs} each range once`,
  ],
  [
    'more private ranges than a security group has room for',
    'provider.aws.endpointAccess.privateCidrs',
    Array.from({ length: 41 }, (_, i) => `10.${i}.0.0/16`),
    'spec.provider.aws.endpointAccess.privateCidrs: Too many',
  ],
  [
    'private ranges without a private endpoint',
    'provider.aws.endpointAccess',
    { private: false, privateCidrs: ['10.20.0.0/16'] },
    'spec.provider.aws.endpointAccess.private: expected true where privateCidrs names ranges',
  ],
]

const refusedTags: Refusal[] = [
  ...['Aws:x', 'NAME', 'CrateKube.io/uid', 'Kubernetes.io/cluster/x', '__defaults'].map(
    (key): Refusal => [`the tag ${key}`, 'provider.aws.tags', { [key]: '1' }, `${tags} keys other`],
  ),
  ...['', 'a#b!', '<x>*', '🙂', 'ü', ' a', 'a ', 'a\tb', 'a'.repeat(128)].map((key): Refusal => [
    `the tag key ${JSON.stringify(key)}`,
    'provider.aws.tags',
    { [key]: '1' },
    `${tags} keys of 1 to 127 English letters`,
  ]),
  ...['<x>*', 'a\nb', '🙂', 'a#b'].map((value): Refusal => [
    `the tag value ${JSON.stringify(value)}`,
    'provider.aws.tags',
    { team: value },
    `${tags} values of letters`,
  ]),
  [
    'a tag value of 257 characters',
    'provider.aws.tags',
    { team: 'a'.repeat(257) },
    'spec.provider.aws.tags.team: Too long',
  ],
  [
    'tags that differ in case alone',
    'provider.aws.tags',
    { Owner: 'a', owner: 'b' },
    `${tags} keys that differ in more than case`,
  ],
  [
    'more tags than AWS has room for',
    'provider.aws.tags',
    Object.fromEntries(Array.from({ length: 41 }, (_, i) => [`t${i}`, '1'])),
    'spec.provider.aws.tags: Too many',
  ],
  [
    'a tag that Pulumi reads as a file',
    'provider.aws.tags',
    { '4dabf18193072939515e22adb298388d': 'c44067f5952c0a294b673a41bacd8c17', path: '/etc/passwd' },
    `${tags} no key and no value that Pulumi`,
  ],
  [
    'a tag that breaks Pulumi’s SDK',
    'provider.aws.tags',
    { toString: 'a' },
    `${tags} no key and no value that Pulumi`,
  ],
  [
    'a tag that Pulumi reads as unknown',
    'provider.aws.tags',
    { team: '04da6b54-80e4-46f7-96ec-b56ff0331ba9' },
    `${tags} no key and no value that Pulumi`,
  ],
]

const refusedZones: Refusal[] = [
  ...['eu-west-1', 'eu-west-1A', 'a', 'us-west-2-lax-1a', 'euw1_az1'].map((zone): Refusal => [
    `the zone ${zone}`,
    'provider.aws.vpc.zones',
    ['eu-west-1b', zone],
    'spec.provider.aws.vpc.zones[1]: Invalid value',
  ]),
  [
    'one zone',
    'provider.aws.vpc.zones',
    ['eu-west-1b'],
    'spec.provider.aws.vpc.zones: Invalid value',
  ],
  [
    'a zone twice',
    'provider.aws.vpc.zones',
    ['eu-west-1b', 'eu-west-1b'],
    'spec.provider.aws.vpc.zones: expected each zone once',
  ],
  [
    'three zones where it is two',
    'provider.aws.vpc.zones',
    ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'],
    'spec.provider.aws.vpc.zones: expected as many zones as availabilityZones says',
  ],
  [
    'two zones where it is three',
    'provider.aws.vpc',
    { availabilityZones: 3, zones: ['eu-west-1a', 'eu-west-1b'] },
    'spec.provider.aws.vpc.zones: expected as many zones as availabilityZones says',
  ],
]

export const refusedAws: Refusal[] = [
  ...refusedZones,
  ...refusedRanges,
  ...refusedPrivateAccess,
  ...refusedTags,
  ...['Payments', 'a_b', '-a', 'a/b'].map((name): Refusal => [
    `credentials in the Secret ${name}`,
    'provider.aws.credentialsRef.name',
    name,
    'spec.provider.aws.credentialsRef.name: Invalid value',
  ]),
  [
    'an unknown region',
    'provider.aws.region',
    'eu-west-9',
    'spec.provider.aws.region: Unsupported value',
  ],
  [
    'a network too small',
    'provider.aws.vpc.cidr',
    '10.0.0.0/24',
    'spec.provider.aws.vpc.cidr: expected a prefix length from 16 to 20',
  ],
  [
    'a network too large',
    'provider.aws.vpc.cidr',
    '10.0.0.0/8',
    'spec.provider.aws.vpc.cidr: expected a prefix length from 16 to 20',
  ],
  [
    'a network over that of Services',
    'provider.aws.vpc.cidr',
    '172.20.0.0/16',
    'spec.provider.aws.vpc.cidr: expected a range that does not overlap 172.20.0.0/16',
  ],
  [
    'a network inside that of Services',
    'provider.aws.vpc.cidr',
    '172.20.16.0/20',
    'spec.provider.aws.vpc.cidr: expected a range that does not overlap 172.20.0.0/16',
  ],
  [
    'host bits in the network',
    'provider.aws.vpc.cidr',
    '10.0.0.1/16',
    'spec.provider.aws.vpc.cidr: expected an IPv4 network',
  ],
  [
    'an IPv6 network',
    'provider.aws.vpc.cidr',
    'fd00::/16',
    'spec.provider.aws.vpc.cidr: expected an IPv4 network',
  ],
  [
    'nonsense for a network',
    'provider.aws.vpc.cidr',
    'ten',
    'spec.provider.aws.vpc.cidr: expected an IPv4 network',
  ],
  [
    '0 zones',
    'provider.aws.vpc.availabilityZones',
    0,
    'spec.provider.aws.vpc.availabilityZones: Invalid value: 0',
  ],
  [
    '5 zones',
    'provider.aws.vpc.availabilityZones',
    5,
    'spec.provider.aws.vpc.availabilityZones: Invalid value: 5',
  ],
  [
    'an unknown NAT',
    'provider.aws.vpc.natGateways',
    'Two',
    'spec.provider.aws.vpc.natGateways: Unsupported value',
  ],
  [
    'no endpoint at all',
    'provider.aws.endpointAccess',
    { public: false, private: false },
    'spec.provider.aws.endpointAccess: expected public or private to be true',
  ],
  [
    'a public range that is none',
    'provider.aws.endpointAccess.publicCidrs',
    ['home'],
    'spec.provider.aws.endpointAccess.publicCidrs: expected IPv4 ranges',
  ],
  [
    'an IPv6 range for the public endpoint',
    'provider.aws.endpointAccess.publicCidrs',
    ['::/0'],
    'spec.provider.aws.endpointAccess.publicCidrs: expected IPv4 ranges',
  ],
  [
    'a public endpoint only, and nodes outside its ranges',
    'provider.aws.endpointAccess',
    { private: false, publicCidrs: ['203.0.113.0/24'] },
    'spec.provider.aws.endpointAccess.private: expected true where publicCidrs is not 0.0.0.0/0',
  ],
  [
    'a public endpoint only, and nodes without a way out',
    'provider.aws',
    {
      ...minimalSpec.provider.aws,
      vpc: { natGateways: 'None' },
      endpointAccess: { private: false },
    },
    'spec.provider.aws.endpointAccess.private: expected true where vpc.natGateways is None',
  ],
  [
    'no public range',
    'provider.aws.endpointAccess.publicCidrs',
    [],
    'spec.provider.aws.endpointAccess.publicCidrs',
  ],
  ['a tag of AWS', 'provider.aws.tags', { 'aws:x': '1' }, 'spec.provider.aws.tags: expected keys'],
  [
    'a tag of AWS in capitals',
    'provider.aws.tags',
    { 'AWS:x': '1' },
    'spec.provider.aws.tags: expected keys',
  ],
  [
    'the tag Name, which is ours',
    'provider.aws.tags',
    { team: 'a', name: 'mine' },
    'spec.provider.aws.tags: expected keys',
  ],
  [
    'a tag of ours',
    'provider.aws.tags',
    { 'cratekube.io/uid': '1' },
    'spec.provider.aws.tags: expected keys',
  ],
  [
    'no credentials',
    'provider.aws.credentialsRef',
    undefined,
    'spec.provider.aws.credentialsRef: Required value',
  ],
  ['an unknown field', 'provider.aws.profile', 'mine', 'unknown field "spec.provider.aws.profile"'],
]
