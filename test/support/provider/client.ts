// Calls to the cloud of the provider `test`, for its faces in worker and runner and for its plugin.
import type { FaultRule } from '../../../operator/api/faults/fault-rule.ts'
import type { Credentials } from '../../../operator/provider/contract.ts'
import { secretField } from './spec.ts'

/** What stands in the cloud, by type and name. Outputs have the inputs in them. */
export type Thing = { inputs: Record<string, unknown>; outputs: Record<string, unknown> }
export type Listed = { type: string; id: string; owner: string }
export type About = { account: string; versions: string[] }

export function cloudOf(env: Partial<Credentials>, signal?: AbortSignal) {
  const { TEST_CLOUD_URL: url = '', TEST_CLOUD_KEY: key = '' } = env
  const ask = async (method: string, path: string, body?: object): Promise<unknown> => {
    const reply = await fetch(`${url}/${path}`, {
      method,
      headers: { authorization: `Bearer ${key}` },
      ...(body && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    })
    if (reply.ok) return await reply.json()
    if (reply.status === 404) return undefined
    throw new Error(`test cloud, ${method} ${path}: ${reply.status} ${await reply.text()}`)
  }
  // What test/support/provider/cloud.ts answers.
  return {
    about: async () => (await ask('GET', 'about')) as About,
    list: async (uid: string) => (await ask('GET', `things?uid=${uid}`)) as Listed[],
    find: async (type: string, name: string) =>
      (await ask('GET', `${type}/${name}`)) as Thing | undefined,
    make: async (type: string, inputs: object) => (await ask('POST', type, inputs)) as Thing,
    change: async (type: string, name: string, inputs: object) =>
      (await ask('PUT', `${type}/${name}`, inputs)) as Thing,
    remove: async (type: string, name: string) => await ask('DELETE', `${type}/${name}`),
  }
}

export const refused: FaultRule = {
  pattern: /test cloud, .*: 401 /,
  code: 'CredentialsInvalid',
  message: 'the test cloud refuses the key',
  retryable: false,
  userInput: true,
  inputPath: secretField,
}
