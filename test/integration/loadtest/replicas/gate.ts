// Stands between an operator and its API server: sees every request and its answer, can keep an answer to itself,
// can stop passing bytes on every connection that is open, and answers for pods' logs, since there is no kubelet.
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { KubeCredentials } from '../../../../operator/framework/index.ts'

export type Passed = { method: string; path: string; status: number }

export type Gate = {
  readonly url: string
  /** Every answer of the API server, in order. */
  readonly passed: readonly Passed[]
  /** Told of an answer before the operator is; when it resolves to false, the answer is lost. */
  onAnswer: ((passed: Passed) => Promise<boolean>) | undefined
  /** What a request for the log of this container gets: a text, or an error of this status. */
  readonly logs: Map<string, string | number>
  /** Open connections hang from now on, in both directions; new ones work. Answers how many hang. */
  stall(): number
  stop(): Promise<void>
}

export async function openGate({ server: upstream, ca }: KubeCredentials): Promise<Gate> {
  const agent = new https.Agent({ keepAlive: true, ...(ca && { ca }) })
  const passed: Passed[] = []
  const logs = new Map<string, string | number>()
  const sockets = new Set<Socket>()
  const stalled = new Set<Socket>()
  const server = http.createServer((request, response) => {
    const log = logs.get(new URL(request.url ?? '', upstream).searchParams.get('container') ?? '')
    if (typeof log === 'number') return void response.writeHead(log).end()
    if (log !== undefined) return void response.end(log)
    if (stalled.has(request.socket)) return
    forward(request, response)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })

  function forward(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url = '', headers } = request
    const broken = () => {
      if (!stalled.has(request.socket)) request.socket.destroy()
    }
    const onward = https.request(upstream + url, { method, headers, agent }, (answer) => {
      const seen = { method, path: url.split('?')[0] ?? '', status: answer.statusCode ?? 0 }
      passed.push(seen)
      void (async () => {
        if (gate.onAnswer && !(await gate.onAnswer(seen))) return request.socket.destroy()
        response.writeHead(seen.status, answer.headers)
        response.flushHeaders()
        answer.on('data', (part: Buffer) => {
          if (!stalled.has(request.socket)) response.write(part)
        })
        answer.once('error', broken)
        answer.once('end', () => {
          if (!stalled.has(request.socket)) response.end()
        })
      })()
    })
    onward.once('error', broken)
    response.once('close', () => onward.destroy())
    request.pipe(onward)
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const gate: Gate = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on TCP
    passed,
    logs,
    onAnswer: undefined,
    stall() {
      for (const socket of sockets) stalled.add(socket)
      return sockets.size
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          agent.destroy()
          resolve()
        })
        server.closeAllConnections()
      }),
  }
  return gate
}
