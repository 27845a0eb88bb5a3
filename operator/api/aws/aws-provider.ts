// spec.provider.aws of a TenantCluster: where in AWS the cluster runs, and on which network.
import { z } from 'zod'
import { rules } from '../schema/cel.ts'
import { celList, noMarkers, objectName } from '../schema/grammar.ts'
import { notPublic, unroutable, vpcRanges, zoneNameOrId } from './networks.ts'
import { awsRegions } from './regions.ts'

const objectRef = z.object({
  name: z
    .string()
    .min(1)
    .max(253)
    .regex(objectName)
    .describe('Name of an object in the same namespace.'),
})

const vpcFields = z.object({
  cidr: z
    .string()
    .max(18)
    .default('10.0.0.0/16')
    .describe(
      'Private IPv4 range of the VPC, from /16 to /20: of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10, but for 172.17.0.0/16, which machines use inside, and the service range 172.20.0.0/16. Networks of one range cannot be peered with a third: give each tenant a range of its own where endpointAccess.public is false. Immutable. Defaults to 10.0.0.0/16.',
    )
    .meta(
      rules(
        {
          rule: 'isCIDR(self) && cidr(self).ip().family() == 4 && cidr(self) == cidr(self).masked()',
          message: 'spec.provider.aws.vpc.cidr: expected an IPv4 network such as 10.0.0.0/16',
        },
        {
          rule: '!isCIDR(self) || (cidr(self).prefixLength() >= 16 && cidr(self).prefixLength() <= 20)',
          message: 'spec.provider.aws.vpc.cidr: expected a prefix length from 16 to 20',
        },
        {
          rule: `!isCIDR(self) || ${celList(vpcRanges)}.exists(range, cidr(range).containsCIDR(self))`,
          message:
            'spec.provider.aws.vpc.cidr: expected a private range, of 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10',
        },
        {
          // The bridge of Docker, which some AWS services start on nodes of their own (VPC guide, "VPC CIDR blocks").
          rule: "!isCIDR(self) || !cidr('172.17.0.0/16').containsCIDR(self)",
          message:
            'spec.provider.aws.vpc.cidr: expected a range outside 172.17.0.0/16, which container machines use inside',
        },
        {
          rule: "!isCIDR(self) || !(cidr('172.20.0.0/16').containsCIDR(self) || cidr(self).containsCIDR('172.20.0.0/16'))",
          message:
            'spec.provider.aws.vpc.cidr: expected a range that does not overlap 172.20.0.0/16, the range of Kubernetes Services',
        },
        {
          rule: 'self == oldSelf',
          message: 'spec.provider.aws.vpc.cidr: immutable; create a new TenantCluster',
        },
      ),
    ),
  availabilityZones: z
    .int()
    .min(2)
    .max(4)
    .default(2)
    .describe(
      'How many availability zones the cluster spans, from 2 (the least EKS takes) to 4. Immutable. Defaults to 2.',
    )
    .meta(
      rules({
        rule: 'self == oldSelf',
        message: 'spec.provider.aws.vpc.availabilityZones: immutable; create a new TenantCluster',
      }),
    ),
  zones: z
    .array(z.string().max(32).regex(zoneNameOrId))
    .min(2)
    .max(4)
    .optional()
    .describe(
      'Which availability zones, by name (eu-west-1a) or by the id that is the same in all accounts (euw1-az3), each once and as many as availabilityZones says; for regions where EKS, machines or endpoints are not in all of them. Immutable. Defaults to the first ones by name that EKS can use.',
    )
    .meta(
      rules({
        rule: 'self.all(z, self.exists_one(other, other == z))',
        message: 'spec.provider.aws.vpc.zones: expected each zone once',
      }),
    ),
  natGateways: z
    .enum(['None', 'Single', 'PerZone'])
    .default('Single')
    .describe(
      'Outbound internet for the nodes: one NAT gateway, one per zone, or None, which gives the nodes interface endpoints for the AWS services they need instead, in each zone that has them. Defaults to Single.',
    ),
})

const vpcSchema = vpcFields.meta(
  rules(
    {
      rule: '!has(self.zones) || !has(self.availabilityZones) || self.zones.size() == self.availabilityZones',
      message:
        'spec.provider.aws.vpc.zones: expected as many zones as availabilityZones says, which is 2 where it says nothing',
    },
    {
      rule: 'has(self.zones) == has(oldSelf.zones) && (!has(self.zones) || (self.zones.size() == oldSelf.zones.size() && self.zones.all(z, z in oldSelf.zones)))',
      message: 'spec.provider.aws.vpc.zones: immutable; create a new TenantCluster',
    },
  ),
)

const endpointAccessSchema = z
  .object({
    public: z
      .boolean()
      .default(true)
      .describe(
        'Whether the API server answers on the internet. Without it only what privateCidrs names and the network of the cluster itself reach it: the managers and workers of CrateKube have to be in those ranges, and routed to. Defaults to true.',
      ),
    private: z
      .boolean()
      .default(true)
      .describe(
        'Whether the API server answers inside the VPC. Without it the nodes reach it by the public endpoint. Defaults to true.',
      ),
    publicCidrs: z
      .array(z.string().max(18))
      .min(1)
      .max(40)
      .default(['0.0.0.0/0'])
      .describe(
        'Public IPv4 ranges that may reach the public endpoint, each once; the workers and managers of CrateKube must be in them. Defaults to 0.0.0.0/0.',
      )
      .meta(
        rules(
          {
            rule: 'self.all(c, isCIDR(c) && cidr(c).ip().family() == 4)',
            message:
              'spec.provider.aws.endpointAccess.publicCidrs: expected IPv4 ranges such as 203.0.113.0/24',
          },
          {
            rule: 'self.all(c, !isCIDR(c) || cidr(c) == cidr(c).masked())',
            message:
              'spec.provider.aws.endpointAccess.publicCidrs: expected no bits behind the prefix, as in 203.0.113.0/24',
          },
          {
            // EKS refuses ranges that no packet from the internet can come from.
            rule: `self.all(c, !isCIDR(c) || c == '0.0.0.0/0' || !${celList(notPublic)}.exists(r, cidr(r).containsCIDR(c) || cidr(c).containsCIDR(r)))`,
            message:
              'spec.provider.aws.endpointAccess.publicCidrs: expected 0.0.0.0/0 or ranges of public addresses alone; private ones come by the private endpoint',
          },
          {
            rule: 'self.all(c, self.exists_one(d, c == d))',
            message: 'spec.provider.aws.endpointAccess.publicCidrs: expected each range once',
          },
        ),
      ),
    privateCidrs: z
      .array(z.string().max(18))
      // EC2 has 60 rules for a group by default, and controllers in the cluster add theirs to this one.
      .max(40)
      .default([])
      .describe(
        'IPv4 ranges outside the network of the cluster that may reach its private endpoint, each once: those of the management cluster, of peered networks, of what comes by a transit gateway or VPN. EKS lets in only the cluster itself. The nodes are in the same security group, so that their port 443 is open to these ranges too. Defaults to none.',
      )
      .meta(
        rules(
          {
            rule: 'self.all(c, isCIDR(c) && cidr(c).ip().family() == 4)',
            message:
              'spec.provider.aws.endpointAccess.privateCidrs: expected IPv4 ranges such as 10.20.0.0/16',
          },
          {
            rule: 'self.all(c, !isCIDR(c) || cidr(c) == cidr(c).masked())',
            message:
              'spec.provider.aws.endpointAccess.privateCidrs: expected no bits behind the prefix, as in 10.20.0.0/16',
          },
          {
            // A network balancer hands the addresses of the internet on to the nodes.
            rule: 'self.all(c, !isCIDR(c) || cidr(c).prefixLength() >= 8)',
            message:
              'spec.provider.aws.endpointAccess.privateCidrs: expected prefix lengths from 8 to 32: wider ranges open the nodes to the internet',
          },
          {
            rule: `self.all(c, !isCIDR(c) || !${celList(unroutable)}.exists(r, cidr(r).containsCIDR(c)))`,
            message:
              'spec.provider.aws.endpointAccess.privateCidrs: expected ranges that are routed, not those of a machine, a link, or for many receivers',
          },
          {
            rule: 'self.all(c, self.exists_one(d, c == d))',
            message: 'spec.provider.aws.endpointAccess.privateCidrs: expected each range once',
          },
        ),
      ),
  })
  .meta(
    rules(
      {
        // The API server checks the default of the object before it fills in those of the fields.
        rule: '!has(self.public) || self.public || !has(self.private) || self.private',
        message: 'spec.provider.aws.endpointAccess: expected public or private to be true',
      },
      {
        // The addresses that the nodes come from are known to nobody before they are there.
        rule: "!has(self.private) || self.private || !has(self.publicCidrs) || self.publicCidrs.exists(c, c == '0.0.0.0/0')",
        message:
          'spec.provider.aws.endpointAccess.private: expected true where publicCidrs is not 0.0.0.0/0, or the nodes could not join',
      },
      {
        rule: '!has(self.private) || self.private || !has(self.privateCidrs) || self.privateCidrs.size() == 0',
        message:
          'spec.provider.aws.endpointAccess.private: expected true where privateCidrs names ranges, which reach the private endpoint alone',
      },
    ),
  )

const awsFields = z.object({
  region: z
    .enum(awsRegions)
    .describe('AWS region of the cluster. Immutable.')
    .meta(
      rules({
        rule: 'self == oldSelf',
        message: 'spec.provider.aws.region: immutable; create a new TenantCluster',
      }),
    ),
  credentialsRef: objectRef.describe(
    'Secret in the same namespace with the keys AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and AWS_SESSION_TOKEN for temporary credentials.',
  ),
  vpc: vpcSchema.prefault({}).describe('The network of the cluster.'),
  endpointAccess: endpointAccessSchema
    .prefault({})
    .describe('Where the API server of the cluster can be reached from.'),
  tags: z
    .record(z.string(), z.string().max(256))
    .default({})
    .describe(
      'Tags on every AWS resource of the cluster, beside CrateKube’s own and Name. Keys are 1 to 127 English letters, digits, blanks and _ . : / = + - @, and differ in more than case; they do not begin with aws:, cratekube.io/, kubernetes.io/ or __. Changing them replaces the nodes, which carry them.',
    )
    .meta({
      // Of the 50 that AWS takes, 4 are ours and up to 6 those of EKS and its controllers.
      maxProperties: 40,
      ...rules(
        {
          // Pulumi keeps names that begin with __ for itself.
          rule: "self.all(k, k.lowerAscii() != 'name' && !k.matches('^((?i)aws:|cratekube[.]io/|kubernetes[.]io/)|^__'))",
          message:
            'spec.provider.aws.tags: expected keys other than Name that do not begin with aws:, cratekube.io/, kubernetes.io/ or __',
        },
        {
          // What all services take: EC2 has 127 characters, IAM letters, digits, blanks and these signs.
          rule: "self.all(k, k.size() <= 127 && k.matches('^[A-Za-z0-9_.:/=+@-]([A-Za-z0-9 _.:/=+@-]*[A-Za-z0-9_.:/=+@-])?$'))",
          message:
            'spec.provider.aws.tags: expected keys of 1 to 127 English letters, digits, blanks inside and _ . : / = + - @',
        },
        {
          rule: "self.all(k, self[k].matches(r'^[\\p{L}\\p{N} _.:/=+@-]*$'))",
          message:
            'spec.provider.aws.tags: expected values of letters, digits, blanks and _ . : / = + - @',
        },
        {
          // IAM holds keys that differ in case alone for the same.
          rule: 'self.all(k, self.exists_one(other, other.lowerAscii() == k.lowerAscii()))',
          message: 'spec.provider.aws.tags: expected keys that differ in more than case',
        },
        noMarkers('spec.provider.aws.tags'),
      ),
    }),
})

export const awsSchema = awsFields.meta(
  rules({
    rule: "self.vpc.natGateways != 'None' || self.endpointAccess.private",
    message:
      'spec.provider.aws.endpointAccess.private: expected true where vpc.natGateways is None, or the nodes could not join',
  }),
)

export type AwsSpec = z.infer<typeof awsSchema>
