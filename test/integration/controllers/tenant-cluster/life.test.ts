// The life of a TenantCluster, with a real API server and a real Redis between manager and worker.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { leaseLabels, leaseName } from '../../../../operator/api/tenant/tenant-lease.ts'
import { core } from '../../../../operator/framework/index.ts'
import { tenantKind, type TenantObject } from '../../../../operator/jobs/queue/tenant-kind.ts'
import type { Execute, Run } from '../../../../operator/jobs/worker/operation.ts'
import { conditionOf, isReady, plainSpec, succeededWith } from '../../../support/control-bench.ts'
import { changed } from '../../../support/tenant-cluster.ts'
import { startScriptedBench, type ScriptedBench } from './scripted-bench.ts'
import { providers } from '../../../support/provider/providers.ts'

describe.each(providers)('on the provider $name', (provider) => {
  const plain = { ...plainSpec, provider: provider.spec }
  let bench: ScriptedBench
  beforeAll(async () => {
    bench = await startScriptedBench({ provider })
  })
  afterAll(() => bench.stop())
  afterEach(() => bench.seen.splice(0))

  const key = (name: string) => ({ namespace: 'default', name })

  test('goes from applied to Ready, and away again', async () => {
    bench.execute = async (run) => {
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
    expect(bench.seen).toEqual(['Create life', 'Delete life'])
    const leases = async () =>
      (await bench.kube.list(core.lease, { namespace: 'default' })).items.map(
        (l) => l.metadata.name,
      )
    await expect.poll(leases, { timeout: 60_000 }).not.toContain(`tenant-${ready.metadata.uid}`)
  })

  test('shows progress within two seconds', async () => {
    const go = Promise.withResolvers<void>()
    bench.execute = async (run) => {
      run.progress({
        step: 'ControlPlane',
        message: 'makes the cluster',
        resources: { done: 3, total: 9 },
      })
      await go.promise
      return succeededWith(run)
    }
    await bench.createTenant('progress')
    const shown = await bench.until(
      'progress',
      ({ status }) => status?.operation?.step === 'ControlPlane',
      2_000,
    )
    expect(shown.status?.operation).toMatchObject({
      kind: 'Create',
      attempt: 1,
      fence: 1,
      message: 'makes the cluster',
      resources: { done: 3, total: 9 },
      heartbeatAt: expect.any(String) as string,
    })
    expect(conditionOf(shown, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'ProvisioningControlPlane',
    })
    expect(conditionOf(shown, 'Reconciling')).toMatchObject({ status: 'True' })
    go.resolve()
    await bench.until('progress', isReady)
  })

  test('begins what a person asks for while an operation runs after it, and echoes it only then', async () => {
    const go = Promise.withResolvers<void>()
    const running = Promise.withResolvers<Run>()
    bench.execute = async (run) => {
      run.progress({ step: 'ControlPlane' })
      running.resolve(run)
      await go.promise
      return succeededWith(run)
    }
    await bench.createTenant('busy')
    const run = await running.promise
    const metadata = { annotations: { 'reconcile.fluxcd.io/requestedAt': 'now' } }
    await bench.kube.patch(tenantKind, key('busy'), { metadata }, { type: 'merge' })
    run.progress({ step: 'Nodes' })
    const busy = await bench.until('busy', ({ status }) => status?.operation?.step === 'Nodes')
    expect(busy.status).not.toHaveProperty('lastHandledReconcileAt')
    go.resolve()
    const ready = await bench.until('busy', (t) => isReady(t) && t.status?.lastHandledReconcileAt)
    expect(ready.status?.lastHandledReconcileAt).toBe('now')
    const kinds = ready.status?.history?.map(({ kind, result }) => `${kind} ${result}`)
    expect(kinds).toEqual(['Update Succeeded', 'Create Succeeded'])
  })

  /** An operation that goes on until it is stopped. */
  const endless: Execute = async (run) => {
    run.progress({ step: 'ControlPlane' })
    const { signal } = run
    await new Promise((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true })
    })
    return { result: 'Failed' }
  }
  const running = ({ status }: TenantObject) => status?.operation?.step === 'ControlPlane'

  test('deletes during create: the operation is cancelled and the deletion follows', async () => {
    bench.execute = (run) =>
      run.operation.kind === 'Create' ? endless(run) : Promise.resolve({ result: 'Succeeded' })
    await bench.createTenant('hasty')
    await bench.until('hasty', running)
    await bench.kube.delete(tenantKind, key('hasty'))
    await bench.untilGone('hasty')
    expect(bench.seen).toEqual(['Create hasty', 'Delete hasty'])
  })

  test('suspends: cancels what runs, begins nothing, and goes on afterwards', async () => {
    bench.execute = endless
    await bench.createTenant('pause')
    await bench.until('pause', running)
    await bench.kube.patch(tenantKind, key('pause'), { spec: { suspend: true } }, { type: 'merge' })
    const paused = await bench.until(
      'pause',
      (t) => conditionOf(t, 'Ready')?.reason === 'Suspended',
    )
    expect(paused.status?.operation).toBeUndefined()
    expect(paused.status?.history?.[0]).toMatchObject({ kind: 'Create', result: 'Cancelled' })
    bench.execute = async (run) => succeededWith(run)
    await bench.kube.patch(
      tenantKind,
      key('pause'),
      { spec: { suspend: false } },
      { type: 'merge' },
    )
    await bench.until('pause', isReady)
  })

  test('finishes an operation before it begins with a newer spec', async () => {
    const go = Promise.withResolvers<void>()
    const generations: unknown[] = []
    bench.execute = async (run) => {
      generations.push(run.tenant.metadata.generation)
      run.progress({ step: 'ControlPlane' })
      if (generations.length === 1) await go.promise
      return succeededWith(run)
    }
    await bench.createTenant('newer')
    await bench.until('newer', running)
    await bench.kube.patch(
      tenantKind,
      key('newer'),
      { spec: { provider: provider.edit } },
      { type: 'merge' },
    )
    go.resolve()
    const ready = await bench.until('newer', (t) => isReady(t) && t.status?.appliedGeneration === 2)
    expect(generations).toEqual([1, 2])
    expect(ready.status?.history?.map(({ kind }) => kind)).toEqual(['Update', 'Create'])
  })

  test('keeps the finalizer while the cloud holds something, and shows what', async () => {
    let tries = 0
    bench.execute = async (run) => {
      if (run.operation.kind !== 'Delete') return succeededWith(run)
      const remaining = [{ type: 'ec2:network-interface', id: 'eni-1', reason: 'in use' }]
      const fault = {
        code: 'ResourcesRemain',
        message: `${provider.manager.title} still holds eni-1`,
        retryable: true,
      }
      return tries++ === 0 ? { result: 'Failed', remaining, fault } : { result: 'Succeeded' }
    }
    await bench.createTenant('sticky')
    await bench.until('sticky', isReady)
    await bench.kube.delete(tenantKind, key('sticky'))
    const left = await bench.until('sticky', ({ status }) => status?.remaining)
    expect(left.metadata.finalizers).toContain('cratekube.io/tenant-cluster')
    expect(left.status?.remaining).toEqual([
      { type: 'ec2:network-interface', id: 'eni-1', reason: 'in use' },
    ])
    await bench.untilGone('sticky')
  })

  test('orphans on request: no operation, and an event says what is left', async () => {
    bench.execute = async (run) => succeededWith(run)
    await bench.createTenant('orphan', { ...plain, deletionPolicy: 'Orphan' })
    await bench.until('orphan', isReady)
    await bench.kube.delete(tenantKind, key('orphan'))
    await bench.untilGone('orphan')
    expect(bench.seen).toEqual(['Create orphan'])
    await expect
      .poll(async () => {
        const { items } = await bench.kube.list(core.event, { namespace: 'default' })
        return items.filter(({ reason }) => reason === 'Orphaned').map(({ note }) => note)
      })
      .toEqual([expect.stringContaining('default.orphan.addons')])
  })

  const notes = async (reason: string, name: string) => {
    const { items } = await bench.kube.list(core.event, { namespace: 'default' })
    return items
      .filter((event) => event.reason === reason && event.note?.includes(name))
      .map(({ note, regarding }) => `${regarding?.kind}: ${note}`)
  }
  const said = (reason: string, name: string) =>
    expect.poll(() => notes(reason, name), { timeout: 60_000 })
  const strip = (name: string, path: string, subresource?: string) =>
    bench.kube.patch(tenantKind, key(name), [{ op: 'remove', path }], {
      type: 'json',
      ...(subresource !== undefined && { subresource }),
    })

  test('an orphan in the middle of its destruction is let go with a list of what is left', async () => {
    bench.execute = async (run) => {
      if (run.operation.kind !== 'Delete') return succeededWith(run)
      if (run.tenant.spec.deletionPolicy === 'Delete') return endless(run)
      return { result: 'Succeeded', remaining: [{ type: 'ec2:vpc', id: 'vpc-1' }] }
    }
    await bench.createTenant('halted')
    await bench.until('halted', isReady)
    await bench.kube.delete(tenantKind, key('halted'))
    await bench.until('halted', running)
    const spec = { deletionPolicy: 'Orphan' }
    await bench.kube.patch(tenantKind, key('halted'), { spec }, { type: 'merge' })
    await bench.untilGone('halted', 60_000)
    expect(bench.seen).toEqual(['Create halted', 'Delete halted', 'Delete halted'])
    const events = async () => {
      const { items } = await bench.kube.list(core.event, { namespace: 'default' })
      return items.filter(({ regarding }) => regarding?.name === 'halted').map(({ note }) => note)
    }
    await expect
      .poll(events, { timeout: 60_000 })
      .toContainEqual(
        expect.stringContaining(
          `left in ${provider.manager.title} after its destruction had begun: ec2:vpc vpc-1`,
        ),
      )
  })

  test('one whose status was lost is deleted like any other', async () => {
    bench.execute = async (run) =>
      run.operation.kind === 'Delete' ? { result: 'Succeeded' } : succeededWith(run)
    await bench.createTenant('amnesia')
    await bench.until('amnesia', isReady)
    // Suspended, so that nothing writes the status again before it is deleted.
    await bench.kube.patch(
      tenantKind,
      key('amnesia'),
      { spec: { suspend: true } },
      { type: 'merge' },
    )
    await bench.until('amnesia', (t) => conditionOf(t, 'Ready')?.reason === 'Suspended')
    await strip('amnesia', '/status', 'status')
    await bench.kube.delete(tenantKind, key('amnesia'))
    await bench.untilGone('amnesia')
    expect(bench.seen).toEqual(['Create amnesia', 'Delete amnesia'])
  })

  test('one whose credentials never existed can be deleted, and nothing is claimed of the cloud', async () => {
    const field = `provider.${provider.name}.credentialsRef.name`
    await bench.createTenant('mistaken', changed(plain, field, 'nowhere'))
    await bench.until('mistaken', ({ status }) => status?.lastError?.code === 'CredentialsMissing')
    await bench.kube.delete(tenantKind, key('mistaken'))
    await bench.untilGone('mistaken')
    expect(bench.seen).toEqual([])
  })

  test('one that was stripped of its finalizer leaves a warning on the namespace', async () => {
    bench.execute = (run) =>
      run.operation.kind === 'Delete' ? endless(run) : Promise.resolve(succeededWith(run))
    await bench.createTenant('stripped')
    await bench.until('stripped', isReady)
    await bench.kube.delete(tenantKind, key('stripped'))
    await bench.until('stripped', running)
    await strip('stripped', '/metadata/finalizers')
    await bench.untilGone('stripped')
    await said('FinalizerRemoved', 'stripped').toEqual([
      expect.stringMatching(
        new RegExp(
          `^Namespace: .*${provider.manager.clusterCalled('stripped-.*')} in ${provider.place}, stacks default.stripped and default.stripped.addons`,
        ),
      ),
    ])
    expect(await notes('FinalizerRemoved', 'life')).toEqual([]) // let go above
  })

  const uid = '0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9'

  test('one that adopts waits for a spec without a difference, and then says what it has taken over', async () => {
    const fault = { code: 'AdoptionDiffers', message: 'it would update x', retryable: false }
    const pools = [{ name: 'default', desired: 2, max: 3 }]
    bench.execute = async (run) =>
      run.tenant.spec.nodePools[0]?.desired === 2
        ? { result: 'Failed', fault }
        : { ...succeededWith(run), adopted: uid }
    await bench.createTenant('heir', { ...plain, nodePools: pools, adopt: { uid } })
    const stalled = await bench.until('heir', (t) => conditionOf(t, 'Stalled')?.status === 'True')
    expect(conditionOf(stalled, 'Ready')).toMatchObject({
      reason: 'AdoptionDiffers',
      message: 'it would update x',
    })
    expect(stalled.status?.adopted).toBeUndefined()
    const right = { spec: { nodePools: plain.nodePools } }
    await bench.kube.patch(tenantKind, key('heir'), right, { type: 'merge' })
    const ready = await bench.until('heir', isReady)
    expect(ready.status).toMatchObject({ adopted: uid, physicalName: 'heir-0a1b2c3d' })
    await said('Adopted', 'heir-0a1b2c3d').toEqual([
      expect.stringMatching(
        new RegExp(
          `^TenantCluster: ${provider.manager.clusterCalled('heir-0a1b2c3d')} in account .* with uid 0a1b2c3d-`,
        ),
      ),
    ])
    expect(bench.seen).toEqual(['Create heir', 'Create heir'])
  })

  test('one that is deleted before it has adopted is let go, and the event says that nothing was touched', async () => {
    const fault = { code: 'NothingToAdopt', message: 'x', retryable: false }
    bench.execute = async (run) =>
      run.operation.kind === 'Delete' ? { result: 'Succeeded' } : { result: 'Failed', fault }
    await bench.createTenant('early', { ...plain, adopt: { uid } })
    await bench.until('early', (t) => conditionOf(t, 'Stalled')?.status === 'True')
    await bench.kube.delete(tenantKind, key('early'))
    await bench.untilGone('early')
    await said('Released', uid).toEqual([
      expect.stringMatching(
        /the cluster of uid .* was not taken over, and nothing of it was touched/,
      ),
    ])
  })

  test('one does not adopt the cluster of another that lives', async () => {
    bench.execute = async (run) => succeededWith(run)
    await bench.createTenant('alive')
    const { metadata } = await bench.until('alive', isReady)
    bench.seen.splice(0)
    await bench.createTenant('thief', { ...plain, adopt: { uid: metadata.uid } })
    const refused = await bench.until('thief', (t) => conditionOf(t, 'Stalled')?.status === 'True')
    expect(conditionOf(refused, 'Ready')).toMatchObject({
      reason: 'AdoptionRefused',
      message: expect.stringContaining('default/alive, which is there') as string,
    })
    expect(bench.seen).toEqual([])
  })

  test('one that adopts waits for the worker of an earlier TenantCluster of its name', async () => {
    bench.execute = async (run) => ({ ...succeededWith(run), adopted: uid })
    const predecessor = { namespace: 'default', name: leaseName(uid) }
    const annotations = { 'cratekube.io/tenant': 'default/patient' }
    await bench.kube.create(core.lease, {
      metadata: { ...predecessor, labels: leaseLabels, annotations },
      spec: { holderIdentity: 'worker', leaseDurationSeconds: 3_600, leaseTransitions: 1 },
    })
    const { metadata } = await bench.createTenant('patient', { ...plain, adopt: { uid } })
    const own = () => bench.kube.get(core.lease, leaseName(metadata.uid), 'default')
    // It was taken and given back, more than once.
    const taken = async () => (await own())?.spec.leaseTransitions ?? 0
    await expect.poll(taken, { timeout: 60_000 }).toBeGreaterThan(2)
    expect(bench.seen).toEqual([])
    const spec = { holderIdentity: null }
    await bench.kube.patch(core.lease, predecessor, { spec }, { type: 'merge' })
    await bench.until('patient', isReady)
  })
})
