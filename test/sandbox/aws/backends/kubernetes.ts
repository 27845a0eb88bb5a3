// The double's own look into a cluster behind it, as its administrator: RBAC for access policies, and whether nodes are Ready.
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { withClient, type ApiClient } from '../../kubernetes/api-client.ts'

/** An empty kubeconfig belongs to a backend without an API server: there is nobody to talk to. */
export async function asAdmin<T>(
  kubeconfig: string,
  work: (client: ApiClient) => Promise<T>,
): Promise<T | undefined> {
  return kubeconfig === '' ? undefined : await withClient(kubeconfig, work)
}

const nodeSchema = z.object({
  status: z.object({
    conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
  }),
})

/** Rejects when the node is not Ready within the time, or when the signal says that nobody waits any more. */
export async function untilReady(
  client: ApiClient,
  name: string,
  o: { timeoutMs: number; signal: AbortSignal },
): Promise<void> {
  const deadline = performance.now() + o.timeoutMs
  while (!(await isReady(client, name))) {
    o.signal.throwIfAborted()
    if (performance.now() > deadline) throw new Error('Unhealthy nodes in the kubernetes cluster')
    await setTimeout(250)
  }
}

async function isReady(client: ApiClient, name: string): Promise<boolean> {
  // A server that does not answer now may do so before the time is up.
  const node = await client.get(`/api/v1/nodes/${name}`).catch(() => undefined)
  const conditions = nodeSchema.safeParse(node).data?.status.conditions ?? []
  return conditions.some(({ type, status }) => type === 'Ready' && status === 'True')
}
