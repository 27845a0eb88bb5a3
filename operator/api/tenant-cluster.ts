// The TenantCluster kind: its spec as a user writes it and its status as the operator reports it.
// One zod schema gives the TypeScript types, the CRD and the reference documentation.
import { z } from 'zod'
import { awsRegions } from './regions.ts'
import { faultSchema } from './fault.ts'

/** A CEL rule of the CRD: `rule` must hold, else the API server answers `message`. */
const rules = (...list: { rule: string; message: string; reason?: string }[]) => ({
  'x-kubernetes-validations': list,
})

const mapKeyPattern = '^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$'

const objectRef = z.object({
  name: z.string().min(1).max(253).describe('Name of an object in the same namespace.'),
})

const vpcSchema = z.object({
  cidr: z
    .string()
    .max(18)
    .default('10.0.0.0/16')
    .describe(
      'IPv4 range of the VPC, from /16 to /20, not overlapping the service range 172.20.0.0/16. Immutable. Defaults to 10.0.0.0/16.',
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
  natGateways: z
    .enum(['None', 'Single', 'PerZone'])
    .default('Single')
    .describe(
      'Outbound internet for the nodes: one NAT gateway, one per zone, or None, which gives the nodes interface endpoints for the AWS services they need instead. Defaults to Single.',
    ),
})

const endpointAccessSchema = z
  .object({
    public: z
      .boolean()
      .default(true)
      .describe('Whether the API server answers on the internet. Defaults to true.'),
    private: z
      .boolean()
      .default(true)
      .describe('Whether the API server answers inside the VPC. Defaults to true.'),
    publicCidrs: z
      .array(z.string().max(18))
      .min(1)
      .max(40)
      .default(['0.0.0.0/0'])
      .describe('Ranges that may reach the public endpoint. Defaults to 0.0.0.0/0.')
      .meta(
        rules({
          rule: 'self.all(c, isCIDR(c))',
          message:
            'spec.provider.aws.endpointAccess.publicCidrs: expected IPv4 ranges such as 203.0.113.0/24',
        }),
      ),
  })
  .meta(
    rules({
      rule: 'self.public || self.private',
      message: 'spec.provider.aws.endpointAccess: expected public or private to be true',
    }),
  )

const awsSchema = z.object({
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
    .describe('Tags on every AWS resource of the cluster, beside CrateKube’s own.')
    .meta({
      maxProperties: 40,
      ...rules({
        rule: "self.all(k, k.size() >= 1 && k.size() <= 128 && !k.startsWith('aws:') && !k.startsWith('cratekube.io/') && !k.startsWith('kubernetes.io/'))",
        message:
          'spec.provider.aws.tags: expected keys of 1 to 128 characters that do not begin with aws:, cratekube.io/ or kubernetes.io/',
      }),
    }),
})

const taintSchema = z.object({
  key: z.string().min(1).max(253).describe('Key of the taint.'),
  value: z.string().max(63).default('').describe('Value of the taint. Defaults to empty.'),
  effect: z.enum(['NoSchedule', 'PreferNoSchedule', 'NoExecute']).describe('Effect of the taint.'),
})

const nodePoolSchema = z
  .object({
    name: z
      .string()
      .min(1)
      .max(40)
      .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
      .describe('Name of the pool, unique in the cluster.'),
    instanceTypes: z
      .array(
        z
          .string()
          .regex(/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/)
          .max(32),
      )
      .min(1)
      .max(20)
      .default(['m6i.large'])
      .describe(
        'EC2 instance types, in order of preference. Changing them replaces the nodes. Defaults to m6i.large.',
      ),
    min: z.int().min(0).max(450).default(1).describe('Fewest nodes of the pool. Defaults to 1.'),
    desired: z.int().min(0).max(450).default(1).describe('Nodes the pool runs. Defaults to 1.'),
    max: z.int().min(1).max(450).default(3).describe('Most nodes of the pool. Defaults to 3.'),
    capacity: z
      .enum(['OnDemand', 'Spot'])
      .default('OnDemand')
      .describe(
        'How the instances are bought. Changing it replaces the nodes. Defaults to OnDemand.',
      ),
    diskGiB: z
      .int()
      .min(20)
      .max(16384)
      .default(50)
      .describe(
        'Size of the encrypted root volume in GiB. Changing it rolls the nodes. Defaults to 50.',
      ),
    image: z
      .object({
        family: z
          .enum(['AL2023', 'Bottlerocket'])
          .optional()
          .describe('AWS image family, kept up to date by EKS.'),
        id: z
          .string()
          .regex(/^ami-[0-9a-f]{8,17}$/)
          .optional()
          .describe('An image of your own, based on AL2023 for EKS.'),
      })
      .prefault({ family: 'AL2023' })
      .describe(
        'The machine image: an AWS family or the id of your own. Defaults to the family AL2023.',
      )
      .meta(
        rules({
          rule: 'has(self.family) != has(self.id)',
          message: 'spec.nodePools[].image: expected exactly one of family and id',
        }),
      ),
    labels: z
      .record(z.string(), z.string().max(63))
      .default({})
      .describe('Kubernetes labels on the nodes.')
      .meta({ maxProperties: 50 }),
    taints: z.array(taintSchema).max(50).default([]).describe('Kubernetes taints on the nodes.'),
  })
  .meta(
    rules({
      rule: 'self.min <= self.desired && self.desired <= self.max',
      message: 'spec.nodePools[]: expected min ≤ desired ≤ max',
    }),
  )

const autofsEntrySchema = z.object({
  key: z
    .string()
    .max(253)
    .regex(new RegExp(mapKeyPattern))
    .describe('Directory under the map’s mount point at which the location appears.')
    .meta(
      rules({
        rule: "!self.contains('..')",
        message: "spec.autofs.maps[].entries[].key: expected a relative path without '..'",
      }),
    ),
  options: z
    .string()
    .max(512)
    .regex(/^-?[A-Za-z0-9_.,=:/@+-]*$/)
    .default('')
    .describe(
      'Mount options, such as fstype=nfs4,ro,hard. Credentials do not belong here. Defaults to those of mount.',
    ),
  location: z
    .string()
    .min(1)
    .max(1024)
    .regex(/^[A-Za-z0-9_.:/@&$+-]+$/)
    .describe('What is mounted, such as filer.example.com:/export/builds.'),
})

const autofsMapSchema = z
  .object({
    name: z
      .string()
      .min(1)
      .max(40)
      .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
      .describe('Name of the map; its entries appear under <root>/<name>.'),
    source: z
      .enum(['EFS'])
      .optional()
      .describe(
        'EFS: any directory under the map is a directory of the cluster’s own encrypted EFS file system, made when first used.',
      ),
    entries: z
      .array(autofsEntrySchema)
      .min(1)
      .max(500)
      .optional()
      .describe('The entries of the map, for shared storage you already have.')
      .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['key'] }),
    timeoutSeconds: z
      .int()
      .min(1)
      .max(86400)
      .default(300)
      .describe('Seconds without use after which a mount is released. Defaults to 300.'),
  })
  .meta(
    rules({
      rule: 'has(self.source) != has(self.entries)',
      message: 'spec.autofs.maps[]: expected exactly one of source and entries',
    }),
  )

const autofsSchema = z.object({
  root: z
    .string()
    .max(128)
    .regex(/^\/[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/)
    .default('/auto')
    .describe('Directory of every node under which the maps are mounted. Defaults to /auto.')
    .meta(
      rules({
        rule: "!['/bin','/boot','/dev','/etc','/home','/lib','/lib64','/opt','/proc','/root','/run','/sbin','/srv','/sys','/tmp','/usr','/var'].exists(p, self == p || (p != '/srv' && p != '/opt' && p != '/home' && self.startsWith(p + '/')))",
        message:
          'spec.autofs.root: expected a directory of its own such as /auto, not a system directory',
      }),
    ),
  maps: z
    .array(autofsMapSchema)
    .min(1)
    .max(50)
    .describe('The automount maps.')
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
})

const loadTestingSchema = z.object({
  enabled: z
    .boolean()
    .default(true)
    .describe('Whether the load-test operator is installed. Defaults to true.'),
  version: z
    .string()
    .max(32)
    .regex(/^[0-9]+\.[0-9]+\.[0-9]+$/)
    .optional()
    .describe('Version of the chart cratekube-loadtest. Defaults to the one this CrateKube ships.'),
  values: z
    .looseObject({})
    .default({})
    .describe('Values of the chart cratekube-loadtest.')
    .meta({ 'x-kubernetes-preserve-unknown-fields': true }),
})

export const tenantClusterSpecSchema = z.object({
  kubernetesVersion: z
    .string()
    .max(8)
    .regex(/^1\.[0-9]{1,3}$/)
    .describe(
      'Kubernetes minor version, quoted, such as "1.36". Raised or lowered by one minor version at a time.',
    )
    .meta(
      rules(
        {
          rule: 'int(self.substring(2)) - int(oldSelf.substring(2)) <= 1',
          message: 'spec.kubernetesVersion: expected an upgrade by one minor version at a time',
        },
        {
          rule: 'int(oldSelf.substring(2)) - int(self.substring(2)) <= 1',
          message: 'spec.kubernetesVersion: expected a rollback by one minor version at most',
        },
      ),
    ),
  provider: z
    .object({ aws: awsSchema.describe('Amazon EKS.') })
    .describe('Where the cluster runs.'),
  nodePools: z
    .array(nodePoolSchema)
    .min(1)
    .max(20)
    .describe('The node pools.')
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
  autofs: autofsSchema
    .optional()
    .describe('Automounted shared storage on every node. Off when absent.'),
  addons: z
    .object({
      loadTesting: loadTestingSchema.prefault({}).describe('The load-test operator (LocustTest).'),
    })
    .prefault({})
    .describe('What is installed in the cluster.'),
  suspend: z
    .boolean()
    .default(false)
    .describe(
      'Stop working on the cluster: a running operation is cancelled and none begins. Deletion still works. Defaults to false.',
    ),
  deletionProtection: z
    .boolean()
    .default(false)
    .describe('Refuse to delete the TenantCluster while true, here and at EKS. Defaults to false.'),
  deletionPolicy: z
    .enum(['Delete', 'Orphan'])
    .default('Delete')
    .describe(
      'What deleting the TenantCluster does: Delete removes everything in AWS, Orphan leaves it. Defaults to Delete.',
    ),
})

const conditionSchema = z.object({
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string(),
  message: z.string().max(32768),
  lastTransitionTime: z.iso.datetime(),
  observedGeneration: z.int().optional(),
})

export const operationKinds = ['Create', 'Update', 'Delete'] as const
export const operationSteps = [
  'Queued',
  'Preflight',
  'Plan',
  'Network',
  'ControlPlane',
  'Nodes',
  'Storage',
  'AddOns',
  'Verify',
  'Drain',
  'Destroy',
  'Sweep',
] as const

const operationSchema = z.object({
  id: z.string().describe('Unique id of the operation.'),
  kind: z.enum(operationKinds).describe('What the operation does.'),
  generation: z.int().describe('The generation of the spec it began with.'),
  step: z.enum(operationSteps).describe('What it is doing now.'),
  message: z.string().optional().describe('The latest progress in words.'),
  startedAt: z.iso.datetime(),
  heartbeatAt: z.iso.datetime().optional().describe('When the worker was last heard of.'),
  etaSeconds: z.int().optional().describe('Seconds left, by the history of earlier operations.'),
  attempt: z.int().describe('How many times it was tried.'),
  fence: z
    .int()
    .optional()
    .describe('The number of the lease under which it runs; a higher one ends it.'),
  resources: z
    .object({ done: z.int(), total: z.int() })
    .optional()
    .describe('AWS and Kubernetes resources settled, of those planned.'),
})

const historySchema = z.object({
  id: z.string(),
  kind: z.enum(operationKinds),
  generation: z.int(),
  result: z.enum(['Succeeded', 'Failed', 'Cancelled']),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  message: z.string().optional(),
})

const remainingSchema = z.object({
  type: z.string().describe('Kind of the resource, such as ec2:network-interface.'),
  id: z.string().describe('Its id or ARN.'),
  reason: z.string().optional().describe('Why it is still there.'),
})

export const tenantClusterStatusSchema = z.object({
  observedGeneration: z.int().optional(),
  lastHandledReconcileAt: z
    .string()
    .optional()
    .describe('Echo of the annotation reconcile.fluxcd.io/requestedAt.'),
  conditions: z
    .array(conditionSchema)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] }),
  physicalName: z.string().optional().describe('Name of the EKS cluster.'),
  endpoint: z.string().optional().describe('URL of the cluster’s API server.'),
  kubernetes: z
    .object({ version: z.string().describe('Version that the API server reports.') })
    .optional(),
  nodes: z.string().optional().describe('Ready nodes of those desired, such as 3/3.'),
  nodePools: z
    .array(
      z.object({
        name: z.string(),
        desired: z.int(),
        ready: z.int(),
        version: z.string().optional(),
      }),
    )
    .optional()
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
  kubeconfigSecretRef: z
    .object({
      name: z.string(),
      key: z.string(),
      expiresAt: z.iso.datetime().optional(),
      refreshedAt: z.iso.datetime().optional(),
    })
    .optional(),
  stacks: z
    .object({ cloud: z.string(), addons: z.string() })
    .optional()
    .describe('Names of the Pulumi stacks of the cluster.'),
  appliedGeneration: z
    .int()
    .optional()
    .describe('Generation of the spec that was last applied in full.'),
  operation: operationSchema.optional().describe('The operation that is under way.'),
  lastError: faultSchema
    .optional()
    .describe('Why the last attempt failed; absent once one succeeds.'),
  timings: z
    .object({
      requestedAt: z.iso.datetime().optional(),
      readyAt: z.iso.datetime().optional(),
      timeToReadySeconds: z.number().optional(),
    })
    .optional(),
  history: z
    .array(historySchema)
    .max(5)
    .optional()
    .describe('The last five operations, newest first.'),
  remaining: z
    .array(remainingSchema)
    .optional()
    .describe('While deleting: what is still there, and why.'),
})

export type TenantClusterSpec = z.infer<typeof tenantClusterSpecSchema>
export type TenantClusterStatus = z.infer<typeof tenantClusterStatusSchema>
export type NodePool = TenantClusterSpec['nodePools'][number]
export type AutofsMap = NonNullable<TenantClusterSpec['autofs']>['maps'][number]
export type OperationKind = (typeof operationKinds)[number]
export type OperationStep = (typeof operationSteps)[number]

/** The kind as the API server knows it; the shape that operator/framework calls a Kind. */
export const tenantCluster = {
  group: 'cratekube.io',
  version: 'v1alpha1',
  kind: 'TenantCluster',
  plural: 'tenantclusters',
  namespaced: true,
} as const
