// The sandbox's AWS as a test sees it: its faults, its log of calls, its inventory and its access keys.
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from '@aws-sdk/client-iam'
import type { LoggedCall } from '../sandbox/aws/call-log.ts'
import type { FaultInput, FaultRule } from '../sandbox/aws/index.ts'
import type { InventoryItem } from '../sandbox/aws/inventory.ts'
import type { AwsFacts } from '../sandbox/sandbox.ts'

export type AccessKey = { accessKeyId: string; secretAccessKey: string }

export type Cloud = {
  /** Every tenant of a test has a key of its own, by which its calls are told apart. */
  createKey(user: string): Promise<AccessKey>
  revoke(key: AccessKey): Promise<void>
  restore(key: AccessKey): Promise<void>
  calls(by: AccessKey, where?: { mutating?: boolean; operation?: string }): Promise<LoggedCall[]>
  /** Anybody's calls in a region. */
  callsIn(region: string): Promise<LoggedCall[]>
  /** What exists with the tag of that uid. */
  inventory(uid: string): Promise<InventoryItem[]>
  /** They strike everybody. */
  addFaults(...rules: FaultInput[]): Promise<FaultRule[]>
  /** They strike the calls of one key: tenants of others go on beside it. */
  faultsOf(by: AccessKey): KeyFaults
}

export type KeyFaults = {
  add(...rules: FaultInput[]): Promise<FaultRule[]>
  list(): Promise<FaultRule[]>
  clear(): Promise<void>
}

export function cloud({ endpoint, credentials: administrator }: AwsFacts): Cloud {
  const ask = async <T>(method: string, path: string, body?: object): Promise<T> => {
    const init = body === undefined ? { method } : { method, body: JSON.stringify(body) }
    const reply = await fetch(`${endpoint}/_sandbox/${path}`, init)
    if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`)
    return (await reply.json()) as T // what test/sandbox/aws/control.ts answers
  }
  const addFaults = async (...rules: FaultInput[]): Promise<FaultRule[]> =>
    await ask('POST', 'faults', rules)
  const faultsOf = ({ accessKeyId }: AccessKey): KeyFaults => {
    const list = async () =>
      (await ask<FaultRule[]>('GET', 'faults')).filter((r) => r.match.accessKeyId === accessKeyId)
    return {
      add: async (...rules) =>
        await addFaults(...rules.map((r) => ({ ...r, match: { ...r.match, accessKeyId } }))),
      list,
      clear: async () => {
        for (const { id } of await list()) await ask('DELETE', `faults?id=${id}`)
      },
    }
  }
  const credentials = async <T>(body: object) => await ask<T>('POST', 'credentials', body)
  return {
    createKey: async (UserName) => {
      const iam = new IAMClient({ endpoint, region: 'us-east-1', credentials: administrator })
      await iam.send(new CreateUserCommand({ UserName }))
      const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }))
      iam.destroy()
      const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } =
        AccessKey ?? {}
      return { accessKeyId, secretAccessKey }
    },
    revoke: async ({ accessKeyId }) => await credentials({ action: 'revoke', accessKeyId }),
    restore: async ({ accessKeyId }) => await credentials({ action: 'restore', accessKeyId }),
    calls: async ({ accessKeyId }, where = {}) => {
      const query = Object.entries(where).map(([name, value]) => [name, String(value)] as const)
      const all = await ask<LoggedCall[]>(
        'GET',
        `calls?${new URLSearchParams(Object.fromEntries(query)).toString()}`,
      )
      return all.filter((call) => call.accessKeyId === accessKeyId)
    },
    callsIn: async (region) => {
      const all = await ask<LoggedCall[]>('GET', 'calls')
      return all.filter((call) => call.region === region)
    },
    inventory: async (uid) => await ask('GET', `inventory?uid=${uid}`),
    addFaults,
    faultsOf,
  }
}

/** A cloud in a hurry leaves steps before anybody sees them: this holds each for two seconds. */
export const unhurried: FaultInput[] = [
  'GetCallerIdentity',
  'DescribeAvailabilityZones',
  'CreateSubnet',
  'CreateCluster',
  'CreateNodegroup',
  'ListRoles', // of the sweep
].map((operation) => ({ match: { operation }, action: { type: 'delay', ms: 2_000 } }))
