// What AWS says of the account and its credentials, by the text `Code: message` of an error: the same rows for what
// Pulumi's providers report and for what our own calls are answered. Order matters: the first row that fits wins.
import type { FaultRule } from '../../api/faults/fault-rule.ts'

const credentialsRef = 'spec.provider.aws.credentialsRef'

export const accountFaults: readonly FaultRule[] = [
  {
    // A signature that is out of time is told as a wrong one by some services.
    pattern:
      /RequestTimeTooSkewed|RequestInTheFuture|Signature expired: |Signature not yet current|CERT_NOT_YET_VALID|not yet valid: current time \S+ is before/i,
    code: 'ClockSkew',
    action: 'Set the clock of the node that the worker runs on, by NTP.',
    retryable: true,
  },
  {
    pattern:
      /ExpiredToken|RequestExpired|security token included in the request is expired|token has expired|credentials (have|has|are) expired/i,
    code: 'CredentialsExpired',
    action:
      'Renew the session in the Secret; what was begun goes on by itself. Sessions have to live longer than an operation.',
    retryable: true,
    userInput: true,
    inputPath: credentialsRef,
  },
  {
    pattern: /AWS Marketplace product you need to accept terms/i,
    code: 'AWS.InvalidImage',
    action: 'Accept the terms of the image in AWS Marketplace with this account.',
    retryable: false,
    userInput: true,
  },
  {
    pattern: /OptInRequired|RegionDisabled|STS is not activated in this region/i,
    code: 'AWS.RegionNotEnabled',
    action: (_found, { place = 'of the spec' }) =>
      `Enable the region ${place} in the account, or finish signing the account up for the service.`,
    retryable: false,
    userInput: true,
    inputPath: 'spec.provider.aws.region',
  },
  {
    pattern: /PendingVerification/,
    code: 'AWS.PendingVerification',
    action: 'Nothing for four hours; after that write to aws-verification@amazon.com.',
    retryable: true,
  },
  {
    pattern: /\bBlocked: |account is currently blocked|AccountDisabled|account is suspended/i,
    code: 'AWS.AccountBlocked',
    action: 'Have AWS unblock the account; work goes on by itself after that.',
    retryable: true,
  },
  {
    // Spot and Auto Scaling need a role that AWS makes at first use, on the caller's behalf.
    pattern: /ServiceLinkedRoleCreationNotPermitted/,
    code: 'AWS.AccessDenied',
    action: 'Allow iam:CreateServiceLinkedRole for the service that the message names.',
    retryable: true,
    userInput: true,
    inputPath: credentialsRef,
  },
  {
    pattern: /not authorized to perform that action on the specified resource/i,
    code: 'AWS.AccessDenied',
    action:
      'Give the credentials the policy of docs/guides/aws-policy.json whole: AWS does not say which action is missing, for it is one behind the call.',
    retryable: true,
    userInput: true,
    inputPath: credentialsRef,
  },
  {
    pattern:
      /security token included in the request is invalid|InvalidClientTokenId|UnrecognizedClientException|AuthFailure/i,
    code: 'CredentialsInvalid',
    action: (_found, { place = 'of the spec' }) =>
      `Put working credentials into the Secret. Where they work elsewhere, enable the region ${place} in the account: AWS refuses them likewise in one that is not.`,
    retryable: false,
    userInput: true,
    inputPath: credentialsRef,
  },
  {
    pattern:
      /InvalidSignatureException|IncompleteSignature|SignatureDoesNotMatch|InvalidAccessKeyId|No valid credential sources|unable to validate AWS credentials|CredentialsProviderError/i,
    code: 'CredentialsInvalid',
    retryable: false,
    userInput: true,
    inputPath: credentialsRef,
  },
  {
    pattern: /AccessDenied|UnauthorizedOperation|NotAuthorized|is not authorized to perform/i,
    code: 'AWS.AccessDenied',
    action: 'Allow the action that the message names in the IAM policy of the credentials.',
    retryable: true,
    userInput: true,
    inputPath: credentialsRef,
  },
]
