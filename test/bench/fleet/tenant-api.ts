// What 200 tenants of the fleet have for a cluster: one HTTPS server that answers what the manager asks when it measures
// a tenant, always as of a cluster with one Ready node and nothing else. Any token will do.
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createAuthority } from '../../sandbox/kubernetes/pki.ts'

export type TenantApi = AsyncDisposable & { endpoint: string; certificateAuthority: string }

const node = {
  metadata: { name: 'node-1', labels: { 'eks.amazonaws.com/nodegroup': 'default-0a1b' } },
  status: {
    conditions: [{ type: 'Ready', status: 'True' }],
    nodeInfo: { kubeletVersion: 'v1.36.3' },
  },
}

const answers: Readonly<Record<string, object>> = {
  '/version': { gitVersion: 'v1.36.3' },
  '/api/v1/nodes': { kind: 'NodeList', metadata: { resourceVersion: '1' }, items: [node] },
}

export async function startTenantApi(): Promise<TenantApi> {
  const authority = createAuthority('bench')
  const server = createServer(
    authority.issue({ commonName: 'tenant-api', serves: ['127.0.0.1'] }),
    (request, response) => {
      const answer = answers[new URL(request.url ?? '/', 'https://tenant').pathname]
      response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer ?? { kind: 'Status', code: 404, message: 'not here' }))
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on TCP
  return {
    endpoint: `https://127.0.0.1:${port}`,
    certificateAuthority: Buffer.from(authority.cert).toString('base64'),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
