// The AWS SDK made ready in a runner that waits: a first call compiles for longer than ten later ones take. Nothing leaves
// the machine: the provider calls a server of its own on loopback, which answers each of AWS's protocols with nothing found.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { awsProvider } from './provider.ts'

/** As many as the engine's own rehearsal has. */
const rounds = 4

export async function rehearseCalls(): Promise<void> {
  const server = createServer((request, response) => {
    response.end(request.method === 'GET' ? '{}' : '<Response><Result/></Response>')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    for (let round = 0; round < rounds; round += 1) await callEachProtocol(addressOf(server))
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

async function callEachProtocol(url: string): Promise<void> {
  const provider = awsProvider({ env: {} })
  await provider.configure?.({
    region: 'us-east-1',
    accessKey: 'rehearsal',
    secretKey: 'rehearsal',
    endpoints: [{ sts: url, ec2: url, eks: url }],
  })
  await provider.invoke?.('aws:index/getAvailabilityZones:getAvailabilityZones', {})
  await provider.invoke?.('aws:eks/getClusterVersions:getClusterVersions', {})
}

function addressOf(server: Server): string {
  const { port } = server.address() as AddressInfo // it listens on TCP
  return `http://127.0.0.1:${port}`
}
