// The few requests that the sandbox itself makes to a cluster it runs, as its administrator: is it up, apply, delete.
// (The operator's own client is operator/framework; the sandbox must not depend on what it is there to test.)
import { Agent, request } from 'node:https'
import type { KeyPair } from '../../../operator/framework/webhook/certificates.ts'
import { readKubeconfig } from './kubeconfig.ts'

export type ApiClient = {
  /** GET, or undefined on 404. */
  get(path: string): Promise<unknown>
  /** Server-side apply at the object's own path. */
  apply(path: string, object: object): Promise<void>
  /** A JSON merge patch; nothing happens to what is not there. */
  patch(path: string, change: object): Promise<void>
  /** POST; false when it cannot be now (429), as when a disruption budget forbids an eviction. */
  post(path: string, object: object): Promise<boolean>
  delete(path: string): Promise<void>
  /** True when the server answers at all, whatever it says. */
  answers(): Promise<boolean>
  /** True when the server says that it has come up in all its parts. */
  ready(): Promise<boolean>
  close(): void
}

type Body = { readonly type: string; readonly object: object }
type Answer = { readonly status: number; readonly body: string }

/** As whom the text of a kubeconfig says, for as long as the work takes. */
export async function withClient<T>(
  kubeconfig: string,
  work: (client: ApiClient) => Promise<T>,
): Promise<T> {
  const client = clientOf(kubeconfig)
  try {
    return await work(client)
  } finally {
    client.close()
  }
}

export function clientOf(kubeconfig: string): ApiClient {
  const { server, ca, user } = readKubeconfig(kubeconfig)
  return apiClient(server, ca, user)
}

export function apiClient(server: string, ca: string, user: KeyPair): ApiClient {
  const agent = new Agent({ keepAlive: true, ca, cert: user.cert, key: user.key, maxSockets: 4 })
  const call = (method: string, path: string, body?: Body): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'content-type': `application/${body.type}` }
      const outgoing = request(new URL(path, server), { agent, method, headers, timeout: 10_000 })
      outgoing.on('timeout', () =>
        outgoing.destroy(new Error(`${method} ${path}: no answer in 10 s`)),
      )
      outgoing.on('error', reject)
      outgoing.on('response', (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => (text += part))
        response.on('error', reject)
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: text }))
      })
      outgoing.end(body === undefined ? undefined : JSON.stringify(body.object))
    })
  const checked = async (method: string, path: string, body?: Body): Promise<Answer> => {
    const answer = await call(method, path, body)
    if (answer.status >= 300 && answer.status !== 404) {
      throw new Error(`${method} ${path}: ${answer.status} ${answer.body.slice(0, 500)}`)
    }
    return answer
  }
  return {
    get: async (path) => {
      const answer = await checked('GET', path)
      if (answer.status === 404) return undefined
      return answer.body.startsWith('{') ? JSON.parse(answer.body) : answer.body
    },
    apply: async (path, object) => {
      const body = { type: 'apply-patch+yaml', object }
      const answer = await checked('PATCH', `${path}?fieldManager=sandbox&force=true`, body)
      if (answer.status === 404) throw new Error(`PATCH ${path}: 404 ${answer.body.slice(0, 500)}`)
    },
    patch: async (path, object) => {
      await checked('PATCH', path, { type: 'merge-patch+json', object })
    },
    post: async (path, object) => {
      const answer = await call('POST', path, { type: 'json', object })
      if (answer.status === 429) return false
      if (answer.status >= 300 && answer.status !== 404)
        throw new Error(`POST ${path}: ${answer.status} ${answer.body.slice(0, 500)}`)
      return true
    },
    delete: async (path) => void (await checked('DELETE', path)),
    answers: () =>
      call('GET', '/livez').then(
        () => true,
        () => false, // refused or reset: not there yet
      ),
    ready: () =>
      call('GET', '/readyz').then(
        ({ status }) => status === 200,
        () => false,
      ),
    close: () => agent.destroy(),
  }
}
