// How much free-form text a TenantCluster may carry: managers and workers keep every TenantCluster in memory.
import { valuesLimit } from '../../addons/chart-values.ts'
import { addons } from '../../addons/index.ts'
import { celList, signatureKey, unknownValues } from '../schema/grammar.ts'
import { tenantCluster } from './tenant-cluster.ts'

const policyName = 'cratekube-values-limit'

const charts = addons.filter(({ chart }) => chart)

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
      variables: charts.map(({ name, field }) => ({
        name,
        expression: `'%s'.format([object.${field.replaceAll('.', '.?')}.?values.orValue({})])`,
      })),
      validations: charts.flatMap(({ name, field }) => [
        {
          expression: `!variables.${name}.contains('${signatureKey}') && !${celList(unknownValues)}.exists(mark, variables.${name}.contains(mark))`,
          message: `${field}.values: expected no key and no value that Pulumi reads as a secret, a file or an unknown value`,
        },
        {
          expression: `variables.${name}.size() <= ${valuesLimit}`,
          message: `${field}.values: expected at most ${valuesLimit} characters`,
        },
      ]),
    },
  },
  {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: policyName },
    spec: { policyName, validationActions: ['Deny'] },
  },
]
