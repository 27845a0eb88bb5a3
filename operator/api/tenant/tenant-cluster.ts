// The TenantCluster kind and its spec, as a user writes it; the status is in tenant-cluster-status.ts.
// One zod schema gives the TypeScript types, the CRD and the reference documentation.
import { z } from 'zod'
import { schemasAt } from '../../addons/index.ts'
import { nodePoolMembers, providerMembers } from '../providers.ts'
import { rules } from '../schema/cel.ts'
import { nodePoolSchema } from './node-pool.ts'

/** Where the images of CrateKube are published; spec.imageRegistry names a copy. */
export const defaultImageRegistry = 'ghcr.io/cratekube'

/** As references of images have it. The host has a dot or a port: container runtimes take any other for a folder of Docker Hub. */
const imageRegistry =
  /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)+|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/

const uid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const malformedUid =
  'spec.adopt.uid: expected metadata.uid of a TenantCluster, such as 0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9'

const pools = Object.keys(nodePoolMembers)

const adoptSchema = z.object({
  uid: z
    .string()
    .max(36)
    .refine((text) => uid.test(text), malformedUid)
    .describe(
      'metadata.uid of the TenantCluster that made the cluster: the tag cratekube.io/uid of its resources has it, and so has the message of StackNameClash.',
    )
    .meta(rules({ rule: `self.matches('${uid.source}')`, message: malformedUid })),
})

const kubernetesVersion = z
  .string()
  .max(8)
  .regex(/^1\.(0|[1-9][0-9]{0,2})$/)
  .describe(
    'Kubernetes minor version, quoted, such as "1.36". Raised by one minor version at a time, and never lowered: a raise can be taken back only while the cluster does not run it.',
  )
  .meta(
    rules({
      rule: 'int(self.substring(2)) - int(oldSelf.substring(2)) <= 1',
      message: 'spec.kubernetesVersion: expected an upgrade by one minor version at a time',
    }),
  )

const providerSchemaOf = <Members extends z.ZodRawShape>(members: Members) => {
  const names = Object.keys(members)
  const given = names.map((name) => `has(self.${name})`)
  return z
    .object(members)
    .describe(`Where the cluster runs: exactly one of ${names.join(', ')}.`)
    .meta(
      rules(
        {
          rule: `[${given.join(', ')}].filter(given, given).size() == 1`,
          message: `spec.provider: expected exactly one of ${names.join(', ')}`,
        },
        {
          rule: names.map((name) => `has(self.${name}) == has(oldSelf.${name})`).join(' && '),
          message: 'spec.provider: immutable; create a new TenantCluster',
        },
      ),
    )
}

/** What a spec has whatever provider it names. */
const common = {
  nodePools: z
    .array(nodePoolSchema)
    .min(1)
    .max(20)
    .describe('The node pools.')
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
  ...schemasAt('spec'),
  addons: z
    .object(schemasAt('spec.addons'))
    .prefault({})
    .describe('What is installed in the cluster.'),
  imageRegistry: z
    .string()
    .max(200)
    .regex(imageRegistry)
    .default(defaultImageRegistry)
    .describe(
      'Registry, and path in it, that the nodes pull autofs and cratekube from, CrateKube’s own images. A copy in a registry of the cloud may be reached without a way to the internet. Defaults to ghcr.io/cratekube.',
    ),
  adopt: adoptSchema
    .optional()
    .describe(
      'Take over the cluster of an earlier TenantCluster of the same namespace and name, one that was lost or restored elsewhere, instead of making one; with its own uid, its own cluster whose stacks were lost. A stack that is not there is made anew from what the cloud holds. Nothing is changed before the spec is what is there to the last field; until then the deletion of the TenantCluster removes nothing of it. Immutable once status.adopted says that it was taken over.',
    ),
  suspend: z
    .boolean()
    .default(false)
    .describe(
      'Stop working on the cluster: a running operation is cancelled and none begins. Deletion still works. Defaults to false.',
    ),
  deletionProtection: z
    .boolean()
    .default(false)
    .describe(
      'Refuse to delete the TenantCluster while true, here and, where it can be, in the cloud. Defaults to false.',
    ),
  deletionPolicy: z
    .enum(['Delete', 'Orphan'])
    .default('Delete')
    .describe(
      'What deleting the TenantCluster does: Delete removes everything in the cloud, Orphan leaves it. Defaults to Delete.',
    ),
}

/** Of specs that name one of these providers. */
export const specSchemaOf = <Members extends z.ZodRawShape>(members: Members) =>
  z.object({ kubernetesVersion, provider: providerSchemaOf(members), ...common }).meta(
    rules(
      ...pools.map((name) => ({
        rule: `self.nodePools.all(pool, !has(pool.${name})) || has(self.provider.${name})`,
        message: `spec.nodePools[].${name}: expected spec.provider.${name}`,
      })),
    ),
  )

export const tenantClusterSpecSchema = specSchemaOf(providerMembers)

export type TenantClusterSpec = z.infer<typeof tenantClusterSpecSchema>
export type NodePool = TenantClusterSpec['nodePools'][number]

/** The kind as the API server knows it; the shape that operator/framework calls a Kind. */
export const tenantCluster = {
  group: 'cratekube.io',
  version: 'v1alpha1',
  kind: 'TenantCluster',
  plural: 'tenantclusters',
  namespaced: true,
} as const
