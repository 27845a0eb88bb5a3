// One call of an AWS API as the front sees it, and the reply to it. Reads service, region and operation from the request alone.
import type { IncomingHttpHeaders } from 'node:http'
import type { FaultRule } from './limits/faults.ts'

export type Call = {
  service: string
  operation: string
  region: string
  accessKeyId: string
  /** ARN of the caller; known after authentication. */
  caller: string
  method: string
  /** As it was sent: ARNs in it stay percent-encoded. */
  path: string
  query: URLSearchParams
  rawQuery: string
  headers: IncomingHttpHeaders
  body: Buffer
  /** Parameters of the query protocols; empty otherwise. */
  form: URLSearchParams
  requestId: string
  /** A fault that the service itself has to play, such as fail-create. */
  fault?: FaultRule | undefined
}

export type Reply = { status: number; headers: Record<string, string>; body: string }

export type Protocol = 'ec2' | 'query' | 'json' | 'rest-json' | 'rest-xml'

const protocols: Record<string, Protocol> = {
  ec2: 'ec2',
  iam: 'query',
  sts: 'query',
  autoscaling: 'query',
  elasticloadbalancing: 'query',
  kms: 'json',
  ssm: 'json',
  logs: 'json',
  tagging: 'json',
  servicequotas: 'json',
  elasticfilesystem: 'rest-json',
  eks: 'rest-json',
  route53: 'rest-xml',
}

export const protocolOf = (service: string): Protocol | undefined => protocols[service]

export type CredentialScope = { accessKeyId: string; date: string; region: string; service: string }

/** `AKIA…/20260101/eu-west-1/ec2/aws4_request` */
export function parseScope(credential: string | undefined): CredentialScope | undefined {
  const [accessKeyId, date, region, service, end] = credential?.split('/') ?? []
  if (!accessKeyId || !date || !region || !service || end !== 'aws4_request') return undefined
  return { accessKeyId, date, region, service }
}

/** The operation of a call of the query and JSON protocols; REST services have tables of their own. */
export function operationOf(
  headers: IncomingHttpHeaders,
  form: URLSearchParams,
): string | undefined {
  const target = headers['x-amz-target']
  if (typeof target === 'string') return target.slice(target.lastIndexOf('.') + 1)
  return form.get('Action') ?? undefined
}

export const mutates = (operation: string) =>
  !/^(Describe|List|Get|Lookup|Search|Simulate|Decode|AssumeRole|BatchGet|Test|Encrypt|Decrypt|GenerateDataKey)/.test(
    operation,
  )

export function jsonBody(call: Pick<Call, 'body'>): Record<string, unknown> {
  if (call.body.length === 0) return {}
  const parsed: unknown = JSON.parse(call.body.toString('utf8'))
  // JSON protocols carry an object at the top, always.
  return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}
}

export const jsonReply = (body: unknown, status = 200): Reply => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})
