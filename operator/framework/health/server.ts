// /healthz, /readyz and /metrics. Answers from what the operator knows at that moment.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Registry } from 'prom-client'
import { http } from '../node-http.ts'
import { liveness, readiness, type Check, type Vitals } from './checks.ts'

export type HealthServer = { readonly port: number; stop(): Promise<void> }

export async function healthServer(o: {
  port: number
  host?: string
  registry: Registry
  vitals: () => Vitals
  probes?: () => Promise<Check[]>
}): Promise<HealthServer> {
  const server = http.createServer((request, response) => {
    answer(o, request, response).catch((error: unknown) => {
      const message = error instanceof Error ? error.message : String(error)
      response.writeHead(500, { 'content-type': 'text/plain' }).end(`${message}\n`)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(o.port, o.host ?? '0.0.0.0', resolve)
  })
  return {
    port: (server.address() as AddressInfo).port, // it listens on TCP
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function answer(
  o: { registry: Registry; vitals: () => Vitals; probes?: () => Promise<Check[]> },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  switch (request.url?.split('?')[0]) {
    case '/healthz':
      return report(response, [...liveness(o.vitals()), ...((await o.probes?.()) ?? [])])
    case '/readyz':
      return report(response, [...readiness(o.vitals()), ...((await o.probes?.()) ?? [])])
    case '/metrics': {
      const body = await o.registry.metrics()
      response.writeHead(200, { 'content-type': o.registry.contentType }).end(body)
      return
    }
    default:
      response.writeHead(404).end()
  }
}

function report(response: ServerResponse, checks: Check[]): void {
  const lines = checks.map(({ name, ok, detail }) => `[${ok ? '+' : '-'}] ${name}: ${detail}\n`)
  const status = checks.every(({ ok }) => ok) ? 200 : 503
  response.writeHead(status, { 'content-type': 'text/plain' }).end(lines.join(''))
}
