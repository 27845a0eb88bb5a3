// LocustTests as the tests of the operator make, change and watch them.
import { readFile } from 'node:fs/promises'
import { expect, vi } from 'vitest'
import type { LocustTestSpec, LocustTestStatus } from '../../../operator/api/locust/locust-types.ts'
import { locustTest } from '../../../operator/api/locust/locust-test.ts'
import { core, type Kind, type Kube } from '../../../operator/framework/index.ts'
import type { Pod } from '../../../operator/loadtest/pods/objects.ts'
import { podsOf } from './pods.ts'

export const testKind: Kind<LocustTestSpec, LocustTestStatus> = locustTest

export const testSpec = (more: Partial<LocustTestSpec> = {}): LocustTestSpec => ({
  image: 'docker.io/locustio/locust:2.47.0',
  master: { command: '-f /lotest/src/locustfile.py --host http://shop' },
  worker: { command: '-f /lotest/src/locustfile.py', replicas: 2 },
  ...more,
})

export async function namespaceFor(kube: Kube, name: string): Promise<string> {
  await kube.create(core.namespace, { metadata: { name } })
  return name
}

export const apply = (kube: Kube, namespace: string, name: string, spec: LocustTestSpec) =>
  kube.apply(testKind, { metadata: { name, namespace }, spec }, { fieldManager: 'user' })

export const statusOf = async (kube: Kube, namespace: string, name: string) =>
  (await kube.get(testKind, name, namespace))?.status ?? {}

export async function untilStatus(
  kube: Kube,
  ref: { namespace: string; name: string },
  expected: object,
  timeoutMs?: number,
): Promise<LocustTestStatus> {
  return eventually(async () => {
    const status = await statusOf(kube, ref.namespace, ref.name)
    expect(status).toMatchObject(expected)
    return status
  }, timeoutMs)
}

export const condition = (type: string, status: string, reason: string) =>
  conditions([type, status, reason])

export const conditions = (...wanted: [type: string, status: string, reason: string][]) => ({
  conditions: expect.arrayContaining(
    wanted.map(([type, status, reason]) => expect.objectContaining({ type, status, reason })),
  ),
})

export async function recordedStats(): Promise<Record<string, unknown>> {
  const path = new URL('../../fixtures/loadtest/stats-running.json', import.meta.url)
  return JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown> // a recorded answer
}

export const eventually = <T>(check: () => Promise<T>, timeout = 60_000): Promise<T> =>
  vi.waitFor(check, { timeout, interval: 50 })

type Job = { namespace: string; job: string }

export const anyPod = (kube: Kube, of: Job, timeoutMs?: number): Promise<Pod> =>
  eventually(async () => {
    const [pod] = await podsOf(kube, of.namespace, of.job)
    if (!pod) throw new Error(`no pod of ${of.job}`)
    return pod
  }, timeoutMs)

export async function onlyPod(kube: Kube, of: Job, timeoutMs?: number): Promise<Pod> {
  const [pod] = await untilPods(kube, of, { count: 1, timeoutMs })
  if (!pod) throw new Error(`no pod of ${of.job}`)
  return pod
}

export const untilPods = (
  kube: Kube,
  of: Job,
  o: { count: number; timeoutMs?: number | undefined },
): Promise<Pod[]> =>
  eventually(async () => {
    const pods = await podsOf(kube, of.namespace, of.job)
    expect(pods).toHaveLength(o.count)
    return pods
  }, o.timeoutMs)
