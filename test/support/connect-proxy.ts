// A forward proxy on loopback, as a company has one: CONNECT for https, whole addresses for http. It writes down what
// was asked of it.
import { createServer, request } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

export interface ForwardProxy extends AsyncDisposable {
  readonly url: string
  /** host:port of every request and tunnel. */
  readonly asked: string[]
}

export async function forwardProxy(): Promise<ForwardProxy> {
  const asked: string[] = []
  const tunnels = new Set<Duplex>()
  const server = createServer((incoming, outgoing) => {
    const target = new URL(incoming.url ?? '')
    asked.push(target.host)
    const { method, headers } = incoming
    const onward = request(target, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.destroy())
    incoming.pipe(onward)
  })
  server.on('connect', (incoming, client, first) => {
    asked.push(incoming.url ?? '')
    tunnels.add(client)
    const { hostname, port } = new URL(`tcp://${incoming.url}`)
    const target = connect(Number(port), hostname, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n')
      target.write(first)
      client.pipe(target).pipe(client)
    })
    target.on('error', () => client.destroy())
    client.on('error', () => target.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on TCP
  return {
    url: `http://127.0.0.1:${port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      for (const tunnel of tunnels) tunnel.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
