// What cannot stand in spec.provider.aws.
import { minimalSpec } from '../../support/tenant-cluster.ts'
import type { Refusal } from './refusal.ts'

export const refusedAws: Refusal[] = [
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
