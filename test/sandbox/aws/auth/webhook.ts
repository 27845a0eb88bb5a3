// Where API servers ask who a token belongs to. On loopback the front serves every cluster; a cluster in a network namespace of
// its own gets a listener on its side of the wire that answers for this cluster and for nothing else.
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { jsonReply } from '../call.ts'
import type { Reply } from '../call.ts'
import type { Cluster } from '../eks/state.ts'

type Deps = {
  review(cluster: Cluster, body: string): Promise<object>
  loopbackUrl(): string
  onError(error: unknown): void
}

export function webhooks(d: Deps) {
  const listeners = new Map<string, Server>()
  const path = (cluster: Cluster) => `/clusters/${cluster.backendName}/authenticate`
  const close = async (cluster: Cluster) => {
    const server = listeners.get(cluster.backendName)
    listeners.delete(cluster.backendName)
    server?.closeAllConnections()
    await new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()))
  }
  return {
    url: (cluster: Cluster) => d.loopbackUrl() + path(cluster),
    close,
    async at(cluster: Cluster, host: string): Promise<string> {
      await close(cluster)
      const server = createServer((incoming, outgoing) => {
        let body = ''
        incoming.setEncoding('utf8').on('data', (part: string) => (body += part))
        incoming.once('end', () => {
          d.review(cluster, body).then(
            (answer) =>
              outgoing.setHeader('content-type', 'application/json').end(JSON.stringify(answer)),
            (error: unknown) => {
              d.onError(error)
              outgoing.writeHead(500).end()
            },
          )
        })
      })
      listeners.set(cluster.backendName, server)
      await new Promise<void>((resolve, reject) =>
        server.once('error', reject).listen(0, host, resolve),
      )
      // A TCP server that listens has an AddressInfo.
      return `http://${host}:${(server.address() as AddressInfo).port}${path(cluster)}`
    },
    /** A request on the front's own port. */
    async answer(url: string, clusters: Cluster[], body: string): Promise<Reply | undefined> {
      const cluster = clusters.find((candidate) => path(candidate) === url)
      return cluster && jsonReply(await d.review(cluster, body))
    },
    async stop() {
      await Promise.all(
        [...listeners.values()].map((server) => {
          server.closeAllConnections()
          return new Promise<void>((resolve) => server.close(() => resolve()))
        }),
      )
      listeners.clear()
    },
  }
}
