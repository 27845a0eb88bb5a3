// A tenant goes from one Kubernetes minor to the next under load: a real control plane and real nodes are replaced, and
// what runs on them stays reachable and keeps its shared files. Builds the components of the older minor, once.
// Takes minutes: real nodes are drained and replaced one by one.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { OperationStep } from '../../operator/api/tenant/tenant-cluster-status.ts'
import { core, type Kube } from '../../operator/framework/index.ts'
import type { TenantObject } from '../../operator/jobs/queue/tenant-kind.ts'
import { boxTools } from '../sandbox/box/backend.ts'
import { openTenant } from '../sandbox/cratekube.ts'
import { waitFor } from '../sandbox/machine/wait.ts'
import { applyFiles } from '../sandbox/manifests.ts'
import { ensureTools } from '../sandbox/tools/ensure.ts'
import { startBench, type Bench } from './harness.ts'
import { createTenant, expectNothingLeft, isReady, namespace, type AwsTenant } from './tenant.ts'

/** The first is the management cluster's. */
const kubernetesVersions = ['1.36', '1.35']

describe.skipIf(process.getuid?.() !== 0)('an upgrade', () => {
  let bench: Bench
  let tenant: AwsTenant
  let kube: Kube
  let nodesBefore: string[]

  beforeAll(async () => {
    await ensureTools(boxTools, (line) => console.log(line), { minors: kubernetesVersions })
    bench = await startBench({ backend: 'box', kubernetesVersions })
  }, 1_800_000)
  afterAll(async () => {
    kube?.close()
    await bench?.close()
  })

  test('begins with a tenant of the older minor that serves a workload', async () => {
    tenant = await createTenant(bench, {
      name: 'upgraded',
      region: 'eu-west-1',
      spec: {
        kubernetesVersion: '1.35',
        nodePools: [
          { name: 'default', aws: { instanceTypes: ['m6i.large'] }, min: 1, desired: 2, max: 3 },
        ],
      },
    })
    const ready = await tenant.ready()
    expectRuns('1.35', ready)
    kube = await openTenant(bench.kube, { namespace, name: tenant.name })
    nodesBefore = await nodes('1.35')
    await applyFiles(kube, 'test/fixtures/upgrade/workload.yaml')
    await clientsSay(nodesBefore, 10)
  })

  test('may not skip a minor', async () => {
    await expect(tenant.patch({ kubernetesVersion: '1.37' })).rejects.toThrow(
      'spec.kubernetesVersion: expected an upgrade by one minor version at a time',
    )
  })

  test('moves the control plane, then the add-ons, then the nodes, and what runs there is not missed', async () => {
    const uid = (await kube.get(core.namespace, 'shop'))?.metadata.uid
    const steps = watchSteps()
    await tenant.patch({ kubernetesVersion: '1.36' })
    const upgraded = await tenant.until(
      'is Ready at 1.36',
      (now) => isReady(now) && (now.status?.appliedGeneration ?? 0) > 1,
      300_000,
    )
    expectRuns('1.36', upgraded)
    expect(upgraded.status?.nodes).toBe('2/2')
    expect(upgraded.status?.history).toMatchObject([
      { kind: 'Update', result: 'Succeeded', generation: 2 },
      { kind: 'Create', result: 'Succeeded', generation: 1 },
    ])
    const shown = steps.end()
    expect(shown.indexOf('ControlPlane'), shown.join()).toBeGreaterThanOrEqual(0)
    expect(shown.indexOf('Nodes'), shown.join()).toBeGreaterThan(shown.indexOf('ControlPlane'))

    const calls = (await bench.aws.calls(tenant.key, { mutating: true })).map((c) => c.operation)
    const updates = calls.filter((name) => name.startsWith('Update'))
    expect(updates.filter((name) => name !== 'UpdateAddon')).toEqual([
      'UpdateClusterVersion',
      'UpdateNodegroupVersion',
    ])
    expect(updates.indexOf('UpdateAddon')).toBe(1)

    const nodesAfter = await nodes('1.36')
    expect(nodesAfter.filter((name) => nodesBefore.includes(name))).toEqual([])
    expect((await kube.get(core.namespace, 'shop'))?.metadata.uid).toBe(uid)
    await clientsSay(nodesAfter, 10)
    const said = await clients()
    expect([...said.keys()].toSorted()).toEqual([...nodesBefore, ...nodesAfter].toSorted())
    const failures = [...said].flatMap(([node, lines]) =>
      lines.filter((line) => line.startsWith('failed')).map((line) => `${node}: ${line}`),
    )
    expect(failures).toEqual([])
  })

  test('leaves nothing behind when the tenant is deleted', async () => {
    await tenant.delete()
    await tenant.gone()
    await expectNothingLeft(bench, tenant)
  })

  function expectRuns(minor: string, { status }: TenantObject): void {
    const version = expect.stringMatching(new RegExp(`^v${minor}\\.`)) as string
    expect(status).toMatchObject({ kubernetes: { version }, nodePools: [{ ready: 2, version }] })
  }

  /** The names of the nodes, which all run that minor. */
  async function nodes(minor: string): Promise<string[]> {
    const { items } = await kube.list(core.node)
    for (const { status } of items) {
      expect(status?.nodeInfo?.kubeletVersion).toMatch(new RegExp(`^v${minor}\\.`))
    }
    expect(items).toHaveLength(2)
    return items.map(({ metadata }) => metadata.name)
  }

  /** What the clients wrote to shared storage, by node. */
  async function clients(): Promise<Map<string, string[]>> {
    const efs = join(bench.sandbox.root, 'efs')
    const files = await readdir(efs, { recursive: true, withFileTypes: true })
    const logs = files.filter((file) => file.isFile() && file.parentPath.endsWith('/home/shop'))
    const read = logs.map(async ({ name, parentPath }) => {
      const text = await readFile(join(parentPath, name), 'utf8')
      return [name, text.trimEnd().split('\n')] as const
    })
    return new Map(await Promise.all(read))
  }

  async function clientsSay(names: string[], lines: number): Promise<void> {
    const enough = async () => {
      const said = await clients()
      return names.every((name) => (said.get(name)?.length ?? 0) >= lines)
    }
    await waitFor(enough, {
      what: `a client on each of ${names.join(', ')} has called ${lines} times`,
      timeoutMs: 120_000,
      everyMs: 250,
    })
  }

  function watchSteps() {
    const steps: OperationStep[] = []
    const stop = bench.tenants.onChange(({ obj }) => {
      const step = obj.status?.operation?.step
      if (step && steps.at(-1) !== step) steps.push(step)
    })
    return {
      end: () => {
        stop()
        return steps
      },
    }
  }
})
