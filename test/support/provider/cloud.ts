// The cloud of the provider `test`, an HTTP server in the process of a test: what stands in it, and whose tokens are good in its
// clusters. What is in use is not removed, as in any cloud.
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { z } from 'zod'
import type { Credentials } from '../../../operator/provider/contract.ts'
import type { ClusterBackend } from '../../sandbox/aws/backends/backend.ts'
import { isToken } from './access.ts'
import type { Listed, Thing } from './client.ts'
import { kindsOn } from './kinds.ts'

export type TestCloud = {
  readonly credentials: Credentials
  list(uid: string): Listed[]
  /** Behind everybody's back. */
  lose(type: string, name: string): Promise<void>
  /** Such calls wait from now on. */
  hold(method: 'POST' | 'DELETE', type: string): Held
  close(): Promise<void>
}
export type Held = { asked: Promise<void>; release(): void }

const account = 'test-account'
const inputsSchema = z.looseObject({ name: z.string(), uid: z.string(), owner: z.string() })
const reviewSchema = z.object({ spec: z.object({ token: z.string() }) })

class Refused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export async function startTestCloud(backend: ClusterBackend): Promise<TestCloud> {
  const key = randomUUID()
  const things = new Map<string, Thing & { type: string }>()
  const holds = new Map<string, { asked(): void; released: Promise<void> }>()
  const server = createServer((request, response) => {
    void answer(request).then(
      (body) => response.end(JSON.stringify(body)),
      (error: unknown) => {
        response.statusCode = error instanceof Refused ? error.status : 500
        response.end(String(error))
      },
    )
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on TCP
  const kinds = kindsOn(backend, (cluster) => `${url}/Cluster/${cluster}/authenticate`)

  async function answer(request: IncomingMessage): Promise<unknown> {
    const { method = '', headers } = request
    const { pathname, searchParams } = new URL(request.url ?? '', url)
    const [type = '', name = '', action] = pathname.slice(1).split('/')
    const body = await text(request)
    if (action === 'authenticate') return review(name, body)
    if (headers.authorization !== `Bearer ${key}`) throw new Refused(401, 'unknown key')
    if (type === 'about') return { account, versions: await backend.versions() }
    if (type === 'things') return list(searchParams.get('uid') ?? '')
    return await onThing(method, { type, name, body })
  }

  type Asked = { type: string; name: string; body: string }
  async function onThing(method: string, { type, name, body }: Asked) {
    const held = holds.get(`${method} ${type}`)
    held?.asked()
    await held?.released
    if (method === 'POST') return await make(type, body)
    const thing = find(type, name)
    if (method === 'PUT') return await change(thing, body)
    if (method === 'DELETE') return await remove(thing)
    return thing
  }

  function find(type: string, name: string) {
    const thing = things.get(`${type}/${name}`)
    if (!thing) throw new Refused(404, `there is no ${type} ${name}`)
    return thing
  }

  function kindOf(type: string) {
    const kind = kinds[type]
    if (!kind) throw new Refused(400, `no type ${type}`)
    return kind
  }

  async function make(type: string, body: string) {
    const inputs = inputsSchema.parse(JSON.parse(body))
    const id = `${type}/${inputs.name}`
    if (things.has(id)) throw new Refused(409, `${id} exists already`)
    const outputs = { ...inputs, account, ...(await kindOf(type).make(inputs)) }
    const thing = { type, inputs, outputs }
    things.set(id, thing)
    return thing
  }

  async function change(thing: Thing & { type: string }, body: string) {
    const inputs = inputsSchema.parse(JSON.parse(body))
    await kindOf(thing.type).change(inputs, thing.inputs)
    return Object.assign(thing, { inputs, outputs: { ...thing.outputs, ...inputs } })
  }

  async function remove({ type, inputs }: Thing & { type: string }) {
    const id = `${type}/${String(inputs['name'])}`
    const user = [...things.values()].find(
      (one) => one.inputs[type.toLowerCase()] === inputs['name'],
    )
    if (user)
      throw new Refused(409, `${id} is in use by ${user.type} ${String(user.inputs['name'])}`)
    await kindOf(type).remove(inputs)
    things.delete(id)
    return {}
  }

  const list = (uid: string): Listed[] =>
    [...things.values()].flatMap(({ type, inputs }) =>
      inputs['uid'] === uid
        ? { type, id: String(inputs['name']), owner: String(inputs['owner']) }
        : [],
    )

  function review(clusterName: string, body: string) {
    const { token } = reviewSchema.parse(JSON.parse(body)).spec
    const authenticated = isToken(token, { key, clusterName, now: Date.now() })
    const user = { username: 'tenant', groups: ['system:masters'] }
    const status = authenticated ? { authenticated, user } : { authenticated }
    return { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', status }
  }

  return {
    credentials: { TEST_CLOUD_URL: url, TEST_CLOUD_KEY: key },
    list,
    lose: async (type, name) => void (await remove(find(type, name))),
    hold: (method, type) => {
      const asked = Promise.withResolvers<void>()
      const released = Promise.withResolvers<void>()
      const call = `${method} ${type}`
      holds.set(call, { asked: asked.resolve, released: released.promise })
      const release = () => {
        holds.delete(call)
        released.resolve()
      }
      return { asked: asked.promise, release }
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
