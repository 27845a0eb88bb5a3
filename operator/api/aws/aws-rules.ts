// What AWS asks of a TenantCluster as a whole, as rules of its CRD.

/** EKS sets labels of this domain on nodes by itself, and refuses them of others. */
export const awsReservedDomain = 'eks.amazonaws.com'

/** Labels of it and below are given by controllers of AWS. */
export const awsLabelDomain = 'amazonaws.com'

export const awsRules = [
  {
    // EC2 keeps such names of security groups for itself (API reference, CreateSecurityGroup), and ours begin with it.
    rule: "!has(self.spec.provider.aws) || (self.metadata.name != 'sg' && !self.metadata.name.startsWith('sg-'))",
    message: 'metadata.name: expected a name other than sg that does not begin with sg-',
  },
]
