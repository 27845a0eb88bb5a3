import { expect, test } from 'vitest'
import { credentialsMissing } from '../../../../operator/api/tenant/provider.ts'
import { tenantInput } from '../../../support/tenant-input.ts'

const { spec } = tenantInput({ aws: { credentialsRef: { name: 'payments-aws' } } })

test.for([
  [[], 'expected a Secret payments-aws in the namespace, found none'],
  [['A', 'B'], 'expected the key A and B in Secret payments-aws'],
] as const)('says by the name of the field that credentials lack %j', ([lacks, what]) => {
  expect(credentialsMissing(spec, lacks)).toEqual({
    code: 'CredentialsMissing',
    inputPath: 'spec.provider.aws.credentialsRef.name',
    value: 'payments-aws',
    message: `spec.provider.aws.credentialsRef.name: ${what}`,
    retryable: true,
  })
})
