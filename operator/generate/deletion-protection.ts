// The policies that refuse a deletion, for CRDs and charts.
import { credentialsFinalizer } from '../api/tenant/stack.ts'
import { tenantCluster } from '../api/tenant/tenant-cluster.ts'

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
