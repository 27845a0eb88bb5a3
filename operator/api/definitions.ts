// What the API server is told of our kinds beside their schemas: columns, names, rules on names, deletion protection.
import type { KindDefinition } from './crd.ts'
import { tenantCluster, tenantClusterSpecSchema } from './tenant-cluster.ts'
import { tenantClusterStatusSchema } from './tenant-cluster-status.ts'

const ready = (field: string) => `.status.conditions[?(@.type=="Ready")].${field}`

export const tenantClusterDefinition: KindDefinition = {
  ...tenantCluster,
  shortNames: ['tc'],
  categories: ['cratekube'],
  spec: tenantClusterSpecSchema.describe('What the cluster shall be.'),
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
      // Names become part of stack names, IAM roles (64 characters) and labels (63); dots would let two stacks clash.
      rule: "self.metadata.name.size() <= 40 && !self.metadata.name.contains('.')",
      message: 'metadata.name: expected a DNS label of at most 40 characters',
    },
    {
      // EC2 keeps such names of security groups for itself (API reference, CreateSecurityGroup), and ours begin with it.
      rule: "self.metadata.name != 'sg' && !self.metadata.name.startsWith('sg-')",
      message: 'metadata.name: expected a name other than sg that does not begin with sg-',
    },
  ],
}

const policyName = 'cratekube-deletion-protection'

/** Refuses DELETE while spec.deletionProtection is true; the deletion of a namespace is held up by it as well. */
export const deletionProtectionPolicy = [
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: policyName },
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: [tenantCluster.group],
            apiVersions: ['*'],
            operations: ['DELETE'],
            resources: [tenantCluster.plural],
          },
        ],
      },
      validations: [
        {
          expression: '!oldObject.spec.?deletionProtection.orValue(false)',
          messageExpression:
            "'spec.deletionProtection: TenantCluster ' + oldObject.metadata.name + ' is protected; set the field to false first'",
        },
      ],
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: policyName },
    spec: { policyName, validationActions: ['Deny'] },
  },
]
