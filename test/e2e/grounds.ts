// The providers that the life of a tenant is played on, one row each, and what a test asks of each cloud behind the product's back.
import {
  DeleteNodegroupCommand,
  EKSClient,
  ListNodegroupsCommand,
  waitUntilNodegroupDeleted,
} from '@aws-sdk/client-eks'
import { startTestCloud } from '../support/provider/cloud.ts'
import { loadBackend } from '../sandbox/aws/backends/load-backend.ts'
import { waitFor } from '../sandbox/machine/wait.ts'
import type { Bench } from './harness.ts'
import { onAws, type Ground, type TenantHandle } from './tenant.ts'

export type LifeGround = Ground & {
  /** What a tenant has of shared storage. */
  shares(tenant: TenantHandle): Promise<unknown[]>
  /** Making or removing it gets no further than to its first call. */
  holdShare(way: 'made' | 'removed'): Promise<Held>
  /** Takes the nodes of the pool `default` away. */
  losePool(tenant: TenantHandle): Promise<void>
  close(): Promise<void>
}
type Held = { asked(): Promise<unknown>; release(): Promise<unknown> }

export const grounds: readonly { name: string; open: (bench: Bench) => Promise<LifeGround> }[] = [
  { name: 'aws', open: openAws },
  { name: 'test', open: openTest },
]

async function openAws(bench: Bench): Promise<LifeGround> {
  const region = 'eu-west-1'
  const key = await bench.aws.createKey('life')
  const faults = bench.aws.faultsOf(key)
  const { endpoint } = bench.sandbox.aws
  return {
    ...onAws(bench, region, key),
    shares: async ({ uid }) =>
      (await bench.aws.inventory(uid)).filter(({ type }) => type === 'file-system'),
    holdShare: async (way) => {
      const match = { operation: way === 'made' ? 'CreateMountTarget' : 'DeleteMountTarget' }
      const calls = async () => (await bench.aws.calls(key, match)).length
      const before = await calls()
      await faults.add({ match, action: { type: 'throttle' } })
      return {
        asked: () =>
          waitFor(async () => (await calls()) > before, {
            what: `a mount target is ${way}`,
            timeoutMs: 300_000,
          }),
        release: () => faults.clear(),
      }
    },
    losePool: async ({ physicalName: clusterName }) => {
      const eks = new EKSClient({ endpoint, region, credentials: key })
      const { nodegroups: [nodegroupName] = [] } = await eks.send(new ListNodegroupsCommand({ clusterName })) // prettier-ignore
      const pool = { clusterName, nodegroupName }
      await eks.send(new DeleteNodegroupCommand(pool))
      await waitUntilNodegroupDeleted({ client: eks, maxWaitTime: 120, minDelay: 1 }, pool)
      eks.destroy()
    },
    close: async () => undefined,
  }
}

async function openTest({ sandbox }: Bench): Promise<LifeGround> {
  const cloud = await startTestCloud(await loadBackend('kwok', sandbox.root))
  return {
    provider: { name: 'test', part: { place: 'here' } },
    credentials: cloud.credentials,
    inventory: async (uid) => cloud.list(uid),
    shares: async ({ uid }) => cloud.list(uid).filter(({ type }) => type === 'Share'),
    holdShare: async (way) => {
      const held = cloud.hold(way === 'made' ? 'POST' : 'DELETE', 'Share')
      return { asked: () => held.asked, release: async () => held.release() }
    },
    losePool: async ({ physicalName }) => await cloud.lose('NodePool', `${physicalName}-default`),
    close: () => cloud.close(),
  }
}
