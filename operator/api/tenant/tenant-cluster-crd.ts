// What the API server is told of a TenantCluster beside its schema: columns, names, rules on the whole object.
import type { z } from 'zod'
import type { KindDefinition } from '../schema/crd.ts'
import { providerMembers, providerRules } from '../providers.ts'
import { specSchemaOf, tenantCluster } from './tenant-cluster.ts'
import { tenantClusterStatusSchema } from './tenant-cluster-status.ts'

const ready = (field: string) => `.status.conditions[?(@.type=="Ready")].${field}`

/** Whatever is refused here can neither be changed nor let go: one that was stored before may stay as it is. */
function ownSecret(provider: string) {
  const member = `spec.provider.${provider}`
  const name = `${member}.credentialsRef.name`
  const before = `oldSelf.?${name.replaceAll('.', '.?')}.orValue('')`
  return {
    optionalOldSelf: true,
    rule: `!has(self.${member}) || self.${name} != self.metadata.name + '-kubeconfig' || ${before} == self.${name}`,
    message: `${name}: expected a name other than <metadata.name>-kubeconfig, the Secret that CrateKube writes the kubeconfig to`,
  }
}

/** The kind with these members of spec.provider. */
export const tenantClusterDefinitionOf = (members: z.ZodRawShape): KindDefinition => ({
  ...tenantCluster,
  shortNames: ['tc'],
  categories: ['cratekube'],
  spec: specSchemaOf(members).describe('What the cluster shall be.'),
  status: tenantClusterStatusSchema.describe('What the cluster is; written by the operator.'),
  columns: [
    { name: 'Ready', jsonPath: ready('status') },
    { name: 'Reason', jsonPath: ready('reason') },
    { name: 'Version', jsonPath: '.status.kubernetes.version' },
    { name: 'Nodes', jsonPath: '.status.nodes' },
    { name: 'Step', jsonPath: '.status.operation.step' },
    { name: 'Age', jsonPath: '.metadata.creationTimestamp', type: 'date' },
    { name: 'Endpoint', jsonPath: '.status.endpoint', wide: true },
    { name: 'Message', jsonPath: ready('message'), wide: true },
  ],
  rules: [
    {
      // Names become part of stack names, of names in the cloud (64 characters) and of labels (63); dots would let two stacks clash.
      rule: "self.metadata.name.size() <= 40 && !self.metadata.name.contains('.')",
      message: 'metadata.name: expected a DNS label of at most 40 characters',
    },
    ...providerRules,
    {
      // No cloud takes a version back just so. What the cluster does not run can be taken back.
      rule: "int(self.spec.kubernetesVersion.substring(2)) >= int(oldSelf.spec.kubernetesVersion.substring(2)) || (has(self.status) && has(self.status.kubernetes) && self.status.kubernetes.version.startsWith('v1.') && int(self.spec.kubernetesVersion.substring(2)) >= int(self.status.kubernetes.version.split('.')[1]))",
      message:
        'spec.kubernetesVersion: expected the same version or a later one; a control plane does not go back, and a raise can be taken back only while the cluster does not run it',
    },
    {
      // Names, tags and everything that a deletion removes go by it.
      rule: '!has(oldSelf.spec.adopt) || !has(oldSelf.status) || !has(oldSelf.status.adopted) || (has(self.spec.adopt) && self.spec.adopt.uid == oldSelf.spec.adopt.uid)',
      message: 'spec.adopt: immutable once the cluster was taken over',
    },
    ...Object.keys(members).map(ownSecret),
  ],
})

export const tenantClusterDefinition = tenantClusterDefinitionOf(providerMembers)
