// Plays the kubelet for the pods of load tests (there is no node): status patches, and a master whose
// statistics are served over HTTP as a real Locust recorded them.
import { createServer, type Server } from 'node:http'
import { core, type Kube, type KubeObject } from '../../../operator/framework/index.ts'
import type { Pod } from '../../../operator/loadtest/pods/objects.ts'

export type FakeMaster = {
  address: string
  /** What /stats/requests answers. */
  stats: Record<string, unknown>
  stop(): Promise<void>
}

let last = 1

/** On a loopback address of its own, since the port of the master is fixed. */
export async function fakeMaster(stats: Record<string, unknown>): Promise<FakeMaster> {
  last += 1
  const address = `127.${(process.pid >> 8) & 127}.${process.pid & 255}.${last}`
  const master = { address, stats, stop: () => close(server) }
  const server = createServer((_request, response) => {
    response.end(JSON.stringify(master.stats))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(8089, address, resolve)
  })
  return master
}

const close = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

export async function podsOf(kube: Kube, namespace: string, job: string): Promise<Pod[]> {
  const labelSelector = `performance-test-pod-name=${job}`
  const { items } = await kube.list(core.pod, { namespace, labelSelector })
  return items.filter(({ metadata }) => !metadata.deletionTimestamp)
}

const container = (job: string, state: object) => [
  { name: job, image: 'i', imageID: 'i', restartCount: 0, ready: false, state },
]

export const runPod = (kube: Kube, pod: KubeObject, job: string, address?: string) =>
  patchStatus(kube, pod, {
    phase: 'Running',
    ...(address && { podIP: address, podIPs: [{ ip: address }] }),
    containerStatuses: container(job, { running: { startedAt: now() } }),
  })

export const endPod = (kube: Kube, pod: KubeObject, job: string, exitCode: number) =>
  patchStatus(kube, pod, {
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    containerStatuses: container(job, {
      running: null,
      terminated: { exitCode, startedAt: now(), finishedAt: now() },
    }),
  })

const patchStatus = (kube: Kube, { metadata }: KubeObject, status: object) =>
  kube.patch(core.pod, metadata, { status }, { type: 'merge', subresource: 'status' })

const now = () => new Date().toISOString().replace(/\.\d+Z$/, 'Z')
