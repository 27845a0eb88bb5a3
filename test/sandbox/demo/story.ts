// The demo's story, step by step, each measured: a TenantCluster becomes Ready, two pods share a file, a load test runs.
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { core, type Kind, type Kube } from '../../../operator/framework/index.ts'
import { tenantKind } from '../../../operator/jobs/queue/tenant-kind.ts'
import { tenantKubeconfig, type CrateKube } from '../cratekube.ts'
import { waitFor } from '../machine/wait.ts'
import { applyFiles } from '../manifests.ts'
import type { Screen } from './screen.ts'

export const quickstart = {
  namespace: 'team-payments',
  name: 'payments-dev',
  secret: 'payments-aws',
}
const locustTest: Kind<unknown, { phase?: string; verdict?: string }> = {
  group: 'locust.io',
  version: 'v2',
  kind: 'LocustTest',
  plural: 'locusttests',
  namespaced: true,
}

export type Story = { screen: Screen; signal: AbortSignal }

/** Applies the quickstart's TenantCluster and shows its steps; seconds until Ready. */
export async function createTenant(
  cratekube: CrateKube,
  { screen, signal }: Story,
): Promise<number> {
  await cratekube.prepareTenant(quickstart)
  const startedAt = Date.now()
  await applyFiles(cratekube.kube, 'examples/quickstart/tenant-cluster.yaml')
  const ready = async () => {
    signal.throwIfAborted()
    const { status } =
      (await cratekube.kube.get(tenantKind, quickstart.name, quickstart.namespace)) ?? {}
    screen.status(status)
    const condition = status?.conditions?.find(({ type }) => type === 'Ready')
    const stalled = status?.conditions?.find(({ type }) => type === 'Stalled')
    if (stalled?.status === 'True') throw new Error(`${stalled.reason}: ${stalled.message}`)
    return condition?.status === 'True'
  }
  await waitFor(ready, { what: 'the TenantCluster is Ready', timeoutMs: 600_000, everyMs: 250 })
  return secondsSince(startedAt)
}

/** Writes the tenant's kubeconfig, as its Secret holds it, to `dir`. */
export async function writeKubeconfig(kube: Kube, dir: string): Promise<string> {
  const path = join(dir, `${quickstart.name}.kubeconfig`)
  await writeFile(path, await tenantKubeconfig(kube, quickstart), { mode: 0o600 })
  return path
}

/** One pod writes a file under /auto, another on the other node reads it; seconds until it was read. */
export async function shareFiles(tenant: Kube, { signal }: Story): Promise<number> {
  const startedAt = Date.now()
  await applyFiles(tenant, 'examples/quickstart/shared-files.yaml')
  const read = async () => {
    signal.throwIfAborted()
    const reader = await tenant.get(core.pod, 'reader', 'shared-files')
    return reader?.status?.phase === 'Succeeded'
  }
  await waitFor(read, { what: 'the reader has read the file', timeoutMs: 120_000, everyMs: 200 })
  return secondsSince(startedAt)
}

/** Runs the quickstart's LocustTest; seconds until its verdict. */
export async function loadTest(tenant: Kube, { screen, signal }: Story): Promise<number> {
  const startedAt = Date.now()
  await applyFiles(tenant, 'examples/quickstart/load-test.yaml')
  let phase = ''
  const ended = async () => {
    signal.throwIfAborted()
    const { status = {} } = (await tenant.get(locustTest, 'checkout', 'load-test')) ?? {}
    if (status.phase && status.phase !== phase)
      screen.line(`LocustTest checkout is ${status.phase}`)
    phase = status.phase ?? phase
    if (phase === 'Failed') throw new Error('the load test failed')
    return phase === 'Succeeded'
  }
  await waitFor(ended, { what: 'the load test has ended', timeoutMs: 180_000, everyMs: 200 })
  return secondsSince(startedAt)
}

/** What a person would type; its output as it is. */
export async function kubectl(
  program: string,
  kubeconfig: string,
  args: string[],
): Promise<string> {
  const { stdout } = await promisify(execFile)(program, ['--kubeconfig', kubeconfig, ...args])
  return stdout
}

const secondsSince = (startedAt: number) => (Date.now() - startedAt) / 1000
