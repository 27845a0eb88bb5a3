// AWS errors, written in the protocol of each service, so that the SDKs read them as they read AWS's own.
import { protocolOf } from './call.ts'
import type { Call, Reply } from './call.ts'

export class AwsError extends Error {
  override readonly name = 'AwsError'
  readonly code: string
  readonly http: number
  /** Further members of the error's body, such as clusterName. */
  readonly fields: Record<string, unknown>
  constructor(code: string, message: string, http = 400, fields: Record<string, unknown> = {}) {
    super(message)
    this.code = code
    this.http = http
    this.fields = fields
  }
}

type Named = Pick<Call, 'service' | 'requestId'>

export function errorReply(call: Named, error: AwsError): Reply {
  switch (protocolOf(call.service)) {
    case 'ec2':
      return xml(error.http, ec2Error(call, error))
    case 'query':
    case 'rest-xml':
      return xml(error.http, queryError(call, error))
    default:
      return {
        status: error.http,
        headers: {
          'content-type':
            protocolOf(call.service) === 'json' ? 'application/x-amz-json-1.1' : 'application/json',
          'x-amzn-errortype': error.code,
        },
        body: JSON.stringify({
          ...error.fields,
          __type: error.code,
          ErrorCode: error.code,
          message: error.message,
          Message: error.message,
        }),
      }
  }
}

const xml = (status: number, body: string): Reply => ({
  status,
  headers: { 'content-type': 'text/xml;charset=UTF-8' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
})

const ec2Error = (call: Named, error: AwsError) =>
  `<Response><Errors><Error><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message></Error></Errors><RequestID>${call.requestId}</RequestID></Response>`

const queryError = (call: Named, error: AwsError) =>
  `<ErrorResponse><Error><Type>${error.http < 500 ? 'Sender' : 'Receiver'}</Type><Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message></Error><RequestId>${call.requestId}</RequestId></ErrorResponse>`

export const escapeXml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** What AWS says to a caller whose access key it does not know. */
export function unknownCredentials(service: string): AwsError {
  if (service === 'ec2')
    return new AwsError(
      'AuthFailure',
      'AWS was not able to validate the provided access credentials',
      401,
    )
  if (protocolOf(service) === 'query' || protocolOf(service) === 'rest-xml')
    return new AwsError(
      'InvalidClientTokenId',
      'The security token included in the request is invalid.',
      403,
    )
  return new AwsError(
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
    403,
  )
}

export function badSignature(service: string): AwsError {
  if (service === 'ec2')
    return new AwsError(
      'AuthFailure',
      'AWS was not able to validate the provided access credentials',
      401,
    )
  const code =
    protocolOf(service) === 'query' ? 'SignatureDoesNotMatch' : 'InvalidSignatureException'
  return new AwsError(
    code,
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.',
    403,
  )
}

export function throttled(service: string): AwsError {
  switch (service) {
    case 'ec2':
      return new AwsError('RequestLimitExceeded', 'Request limit exceeded.', 503)
    case 'iam':
    case 'sts':
      return new AwsError('Throttling', 'Rate exceeded', 400)
    case 'kms':
    case 'ssm':
    case 'logs':
      return new AwsError('ThrottlingException', 'Rate exceeded', 400)
    default:
      return new AwsError('ThrottlingException', 'Rate exceeded', 429)
  }
}

export const denied = (call: Pick<Call, 'service' | 'operation'>, principal: string): AwsError =>
  deniedAction(call, { principal, action: `${call.service}:${call.operation}` })

/** The action may be another than the call's: one that AWS takes behind it. */
export function deniedAction(
  call: Pick<Call, 'service'>,
  { principal, action, resource }: { principal: string; action: string; resource?: string },
): AwsError {
  const on = resource === undefined || resource === '*' ? '' : ` on resource: ${resource}`
  const message = `User: ${principal} is not authorized to perform: ${action}${on} because no identity-based policy allows the ${action} action`
  if (call.service === 'ec2')
    return new AwsError(
      'UnauthorizedOperation',
      `You are not authorized to perform this operation. ${message}`,
      403,
    )
  return new AwsError(
    protocolOf(call.service) === 'query' ? 'AccessDenied' : 'AccessDeniedException',
    message,
    403,
  )
}

/**
 * EC2's has a code and a text of its own (API reference, "Error codes": RequestExpired); the query protocol's as in
 * eksctl-io/eksctl, issue 5968; the others' as in hashicorp/terraform-provider-aws, issue 32809.
 */
export function tokenExpired(service: string): AwsError {
  const message = 'The security token included in the request is expired'
  if (service === 'ec2') return new AwsError('RequestExpired', 'Request has expired.', 400)
  return new AwsError(
    protocolOf(service) === 'query' ? 'ExpiredToken' : 'ExpiredTokenException',
    message,
    403,
  )
}

export const notImplemented = (call: Pick<Call, 'service' | 'operation'>) =>
  new AwsError(
    'NotImplemented',
    `the AWS sandbox does not implement ${call.service}:${call.operation}`,
    501,
  )

/** A 501 makes the SDKs retry; gaps must be loud at once, hence a code of its own with the status of a client error where it matters. */
export const unavailable = () =>
  new AwsError('ServiceUnavailable', 'The service is unavailable. Please try again shortly.', 503)
