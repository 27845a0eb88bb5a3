// What the API server is told of our kinds beside their schemas: columns, names, rules on names, deletion protection.
import type { z } from 'zod'
import type { KindDefinition } from '../api/schema/crd.ts'
import { providerMembers, providerRules } from '../api/providers.ts'
import { credentialsFinalizer } from '../api/tenant/stack.ts'
import { specSchemaOf, tenantCluster } from '../api/tenant/tenant-cluster.ts'
import { tenantClusterStatusSchema } from '../api/tenant/tenant-cluster-status.ts'

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

const group = tenantCluster.group
/** Whoever sets it to "true" on the CustomResourceDefinition knows that its objects go with it. */
export const confirmDeletion = `${group}/confirm-deletion`

/** Refuses DELETE while spec.deletionProtection is true; the deletion of a namespace is held up by it as well. */
const protectedTenants = policy('cratekube-deletion-protection', {
  matchConstraints: deletionsOf(group, tenantCluster.plural),
  validations: [
    {
      expression: '!oldObject.spec.?deletionProtection.orValue(false)',
      messageExpression:
        "'spec.deletionProtection: TenantCluster ' + oldObject.metadata.name + ' is protected; set the field to false first'",
    },
  ],
})

/**
 * Refuses DELETE of our CustomResourceDefinitions, which takes every object along past the policy above. A policy cannot
 * see whether there are any, so that a person has to say that there may be. By the group and not by names: the request of
 * a deletecollection has no name.
 */
const protectedDefinitions = policy('cratekube-definition-protection', {
  matchConstraints: deletionsOf('apiextensions.k8s.io', 'customresourcedefinitions'),
  matchConditions: [{ name: 'ours', expression: `oldObject.spec.group == '${group}'` }],
  validations: [
    {
      expression: `oldObject.metadata.?annotations[?'${confirmDeletion}'].orValue('') == 'true'`,
      messageExpression: `'CustomResourceDefinition ' + oldObject.metadata.name + ': every ' + oldObject.spec.names.kind + ' would be deleted with it; annotate it ${confirmDeletion}=true first'`,
    },
  ],
})

/**
 * Refuses DELETE of a Secret that a TenantCluster needs to be deleted, but for that of its namespace, where it goes after
 * the TenantCluster. Which TenantCluster that is a policy cannot see.
 */
const protectedCredentials = policy('cratekube-credentials-protection', {
  matchConstraints: deletionsOf('', 'secrets'),
  matchConditions: [
    {
      name: 'held',
      expression: `'${credentialsFinalizer}' in oldObject.metadata.?finalizers.orValue([])`,
    },
  ],
  validations: [
    {
      expression: 'has(namespaceObject.metadata.deletionTimestamp)',
      messageExpression: `'Secret ' + request.namespace + '/' + oldObject.metadata.name + ': a TenantCluster needs these credentials until it is deleted in the cloud; change their data in place, or delete the TenantCluster first, or take off the finalizer ${credentialsFinalizer} if no TenantCluster names the Secret'`,
    },
  ],
})

export const deletionProtectionPolicies = [
  ...protectedTenants,
  ...protectedDefinitions,
  ...protectedCredentials,
]

function deletionsOf(apiGroup: string, resource: string) {
  const rule = { apiGroups: [apiGroup], apiVersions: ['*'], operations: ['DELETE'] }
  return { resourceRules: [{ ...rule, resources: [resource] }] }
}

/** A policy that holds for everybody, with its binding. */
function policy(name: string, spec: object) {
  const apiVersion = 'admissionregistration.k8s.io/v1'
  return [
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: { failurePolicy: 'Fail', ...spec },
    },
    {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  ]
}
