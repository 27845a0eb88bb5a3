// One call of Systems Manager, GetParameter, signed by hand: a whole SDK client for it would be out of proportion.
import { createHash, createHmac } from 'node:crypto'
import { STSClient } from '@aws-sdk/client-sts'
import { SignatureV4 } from '@smithy/signature-v4'
import type { AwsContext } from './context.ts'

type Parameter = { ARN?: string; Name?: string; Type?: string; Value?: string; Version?: number }
type SourceData = string | ArrayBuffer | ArrayBufferView

class Sha256 {
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>
  constructor(secret?: SourceData) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', bytes(secret))
  }
  update(data: SourceData): void {
    this.#hash.update(bytes(data))
  }
  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }
  reset(): void {
    throw new Error('a hash is used once')
  }
}

function bytes(data: SourceData): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data)
  return data instanceof ArrayBuffer
    ? new Uint8Array(data)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}

export async function getParameter(
  ctx: AwsContext,
  o: { name: string; endpoint?: string; decrypt: boolean },
): Promise<Parameter> {
  const url = new URL(o.endpoint ?? `https://ssm.${ctx.region}.amazonaws.com`)
  const body = JSON.stringify({ Name: o.name, WithDecryption: o.decrypt })
  const signer = new SignatureV4({
    service: 'ssm',
    region: ctx.region,
    sha256: Sha256,
    credentials: ctx.client(STSClient).config.credentials,
  })
  const request = await signer.sign({
    method: 'POST',
    protocol: url.protocol,
    hostname: url.hostname,
    path: '/',
    headers: {
      host: url.host,
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonSSM.GetParameter',
    },
    body,
  })
  const { host: _host, ...headers } = request.headers
  const response = await fetch(url, { method: 'POST', headers, body })
  const answer = (await response.json()) as {
    Parameter?: Parameter
    __type?: string
    message?: string
  } // SSM's documented shape
  if (!response.ok || !answer.Parameter)
    throw new Error(
      `operation error SSM: GetParameter, https response error StatusCode: ${response.status}, RequestID: ${response.headers.get('x-amzn-requestid') ?? ''}, ${answer.__type ?? 'Unknown'}: ${answer.message ?? ''}`,
    )
  return answer.Parameter
}
