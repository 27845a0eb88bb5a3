// The life of a TenantCluster, with a real API server and a real Redis between manager and worker.
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { core } from '../../../operator/framework/index.ts'
import { tenantKind } from '../../../operator/controllers/tenant-cluster/index.ts'
import type { Execute } from '../../../operator/jobs/operation.ts'
import {
  conditionOf,
  isReady,
  startControlBench,
  succeededWith,
  type ControlBench,
} from '../../support/control-bench.ts'

let bench: ControlBench
/** What workers do; each test sets its own. */
let execute: Execute
const seen: string[] = []

beforeAll(async () => {
  bench = await startControlBench()
  await bench.startManager()
  await bench.startWorker((run) => {
    seen.push(`${run.operation.kind} ${run.tenant.metadata.name}`)
    return execute(run)
  })
})
afterAll(() => bench.stop())
afterEach(() => seen.splice(0))

const key = (name: string) => ({ namespace: 'default', name })

test('goes from applied to Ready, and away again', async () => {
  execute = async (run) => {
    run.progress({ step: 'Network', message: 'makes the VPC', resources: { done: 1, total: 2 } })
    return succeededWith(run)
  }
  await bench.createTenant('life')
  const ready = await bench.until('life', isReady)
  expect(ready.status).toMatchObject({
    appliedGeneration: 1,
    observedGeneration: 1,
    nodes: '1/1',
    nodePools: [{ name: 'default', desired: 1, ready: 1, version: 'v1.36.3' }],
    kubernetes: { version: expect.stringMatching(/^v1\.36\./) as string },
    stacks: { cloud: 'default.life', addons: 'default.life.addons' },
    kubeconfigSecretRef: { name: 'life-kubeconfig', key: 'value' },
    history: [{ kind: 'Create', result: 'Succeeded', generation: 1 }],
    timings: { timeToReadySeconds: expect.any(Number) as number },
  })
  expect(ready.status?.operation).toBeUndefined()
  for (const type of ['InfrastructureReady', 'ControlPlaneReady', 'NodesReady', 'APIReachable']) {
    expect(conditionOf(ready, type), type).toMatchObject({ status: 'True' })
  }
  const secret = await bench.kube.get(core.secret, 'life-kubeconfig', 'default')
  expect(secret).toMatchObject({
    type: 'cluster.x-k8s.io/secret',
    metadata: {
      labels: { 'cluster.x-k8s.io/cluster-name': 'life' },
      ownerReferences: [{ kind: 'TenantCluster', name: 'life', controller: true }],
    },
  })
  await bench.kube.delete(tenantKind, key('life'))
  await bench.untilGone('life')
  expect(seen).toEqual(['Create life', 'Delete life'])
  const leases = await bench.kube.list(core.lease, { namespace: 'default' })
  expect(leases.items.map(({ metadata }) => metadata.name)).not.toContain(
    `tenant-${ready.metadata.uid}`,
  )
})
