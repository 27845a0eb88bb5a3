// How much free-form text a TenantCluster may carry: managers and workers keep every TenantCluster in memory.
import { celList, signatureKey, unknownValues } from './grammar.ts'
import { tenantCluster } from '../tenant/tenant-cluster.ts'

/** Characters of spec.addons.loadTesting.values. */
export const valuesLimit = 65_536

const policyName = 'cratekube-values-limit'

/**
 * A CRD's own rules cannot see into free-form fields; a policy can. What was stored before stays writable, or it could
 * not even be deleted.
 */
export const valuesLimitPolicy = [
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
            operations: ['CREATE', 'UPDATE'],
            resources: [tenantCluster.plural],
          },
        ],
      },
      matchConditions: [
        {
          name: 'changes-the-spec',
          expression: "request.operation == 'CREATE' || object.spec != oldObject.spec",
        },
      ],
      variables: [
        {
          name: 'values',
          expression: "'%s'.format([object.spec.?addons.?loadTesting.?values.orValue({})])",
        },
      ],
      validations: [
        {
          expression: `!variables.values.contains('${signatureKey}') && !${celList(unknownValues)}.exists(mark, variables.values.contains(mark))`,
          message:
            'spec.addons.loadTesting.values: expected no key and no value that Pulumi reads as a secret, a file or an unknown value',
        },
        {
          expression: `variables.values.size() <= ${valuesLimit}`,
          message: `spec.addons.loadTesting.values: expected at most ${valuesLimit} characters`,
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
