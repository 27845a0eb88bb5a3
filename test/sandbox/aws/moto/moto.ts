// moto as a child process on loopback: it keeps the state of EC2, IAM, EFS, KMS and the rest. It forgets everything when it
// ends, and it ends with us, however we end: it watches the pipe that is its standard input.
import { spawn } from 'node:child_process'
import { Agent, request } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { EC2Client } from '@aws-sdk/client-ec2'
import { EFSClient } from '@aws-sdk/client-efs'
import { ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { IAMClient } from '@aws-sdk/client-iam'
import { KMSClient } from '@aws-sdk/client-kms'
import type { Call, Reply } from '../call.ts'

/** The one account of the sandbox. */
export const accountId = '123456789012'

export interface Moto {
  /** Hands a call on as it came. */
  forward(call: Call): Promise<Reply>
  /** SDK clients for what the double itself looks up and makes; not seen by faults, buckets or the call log. */
  ec2(region: string): EC2Client
  efs(region: string): EFSClient
  balancing(region: string): ElasticLoadBalancingV2Client
  classicBalancing(region: string): ElasticLoadBalancingClient
  logs(region: string): CloudWatchLogsClient
  kms(region: string): KMSClient
  iam(): IAMClient
  readonly pid: number
  stop(): Promise<void>
}

const script = `
import os, sys, threading
def watch():
    sys.stdin.buffer.read()
    os._exit(0)
threading.Thread(target=watch, daemon=True).start()
from moto.server import main
main(['-H', '127.0.0.1', '-p', '0'])
`

export async function startMoto(o: { python: string }): Promise<Moto> {
  const child = spawn(o.python, ['-c', script], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: {
      PATH: process.env['PATH'] ?? '',
      MOTO_IAM_LOAD_MANAGED_POLICIES: 'true',
      PYTHONUNBUFFERED: '1',
    },
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const port = await portOf(child.stderr)
  child.stderr.resume()
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const clients = clientPool(port, agent)
  return {
    ...clients,
    pid: child.pid ?? 0,
    forward: (call) => forward(call, port, agent),
    async stop() {
      clients.destroy()
      agent.destroy()
      child.stdin.end()
      child.kill('SIGTERM')
      await ended
    },
  }
}

function portOf(stderr: NodeJS.ReadableStream): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = ''
    stderr.on('data', function read(chunk: Buffer) {
      text += chunk.toString()
      const port = /Running on http:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1]
      if (port === undefined) return
      stderr.off('data', read)
      resolve(Number(port))
    })
    stderr.once('end', () => reject(new Error(`moto did not start: ${text.trim().slice(-2000)}`)))
  })
}

function forward(call: Call, port: number, agent: Agent): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { 'transfer-encoding': _chunked, connection: _connection, ...headers } = call.headers
    const outgoing = request(
      {
        host: '127.0.0.1',
        port,
        agent,
        method: call.method,
        path: call.rawQuery === '' ? call.path : `${call.path}?${call.rawQuery}`,
        headers: { ...headers, 'content-length': call.body.length },
      },
      (incoming) => {
        const chunks: Buffer[] = []
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
        incoming.once('error', reject)
        incoming.once('end', () =>
          resolve({
            status: incoming.statusCode ?? 502,
            headers: kept(incoming.headers),
            body: Buffer.concat(chunks).toString('utf8'),
          }),
        )
      },
    )
    outgoing.once('error', reject)
    outgoing.end(call.body)
  })
}

/** REST protocols carry the code of an error in a header. */
function kept(headers: IncomingHttpHeaders): Record<string, string> {
  const errorType = headers['x-amzn-errortype']
  return {
    'content-type': headers['content-type'] ?? 'text/xml',
    ...(typeof errorType === 'string' ? { 'x-amzn-errortype': errorType } : {}),
  }
}

function clientPool(port: number, httpAgent: Agent) {
  const clients: { destroy(): void }[] = []
  const config = (region: string) => ({
    region,
    endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'AKIASANDBOXINTERNAL', secretAccessKey: 'internal' },
    requestHandler: { httpAgent },
  })
  function perRegion<C extends { destroy(): void }>(make: (o: ReturnType<typeof config>) => C) {
    const made = new Map<string, C>()
    return (region: string): C => {
      const client = made.get(region) ?? make(config(region))
      if (!made.has(region)) clients.push(client)
      made.set(region, client)
      return client
    }
  }
  const iam = perRegion((o) => new IAMClient(o))
  return {
    ec2: perRegion((o) => new EC2Client(o)),
    efs: perRegion((o) => new EFSClient(o)),
    balancing: perRegion((o) => new ElasticLoadBalancingV2Client(o)),
    classicBalancing: perRegion((o) => new ElasticLoadBalancingClient(o)),
    logs: perRegion((o) => new CloudWatchLogsClient(o)),
    kms: perRegion((o) => new KMSClient(o)),
    iam: () => iam('us-east-1'),
    destroy() {
      for (const client of clients) client.destroy()
    },
  }
}
