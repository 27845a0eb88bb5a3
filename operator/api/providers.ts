// What each provider adds to the API: one line in each list. Schemas, codes and names of a provider are in its own folder.
import { awsFaultCodes } from './aws/aws-fault-codes.ts'
import { awsNodePoolSchema } from './aws/aws-node-pool.ts'
import { awsSchema } from './aws/aws-provider.ts'
import { awsLabelDomain, awsReservedDomain, awsRules } from './aws/aws-rules.ts'

/** Members of spec.provider. */
export const providerMembers = { aws: awsSchema.optional().describe('Amazon EKS.') }

/** Members of spec.nodePools[], beside what pools of every provider have. */
export const nodePoolMembers = {
  aws: awsNodePoolSchema
    .optional()
    .describe('The machines on Amazon EKS; with spec.provider.aws alone.'),
}

/** No pool may set labels whose keys are in these domains. */
export const reservedDomains = [awsReservedDomain]

/** What labels of these domains nodes have is not known here. */
export const labelDomains = [awsLabelDomain]

/** Rules on a whole TenantCluster, for what concerns its name. */
export const providerRules = [...awsRules]

/** Codes of faults, beside those of reasons.ts. */
export const providerFaultCodes = { ...awsFaultCodes }
