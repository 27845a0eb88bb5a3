// Kills one of CrateKube's processes at a chosen moment in the life of a tenant.
import type { OperationStep } from '../../operator/api/tenant/tenant-cluster-status.ts'
import { core } from '../../operator/framework/index.ts'
import { waitFor } from '../sandbox/machine/wait.ts'
import type { Bench, Supervised } from './harness.ts'
import { killRunner, leftOf, type Runner } from './processes.ts'
import type { AwsTenant } from './tenant.ts'

export type Strike = {
  who: 'runner' | 'worker' | 'manager'
  /** A step of the operation, or an AWS call that was made. */
  at: OperationStep | { call: string }
}

export async function strike(bench: Bench, tenant: AwsTenant, { who, at }: Strike) {
  await (typeof at === 'string' ? reached(bench, tenant, at) : called(bench, tenant, at.call))
  if (who === 'manager') return bench.manager.crash()
  if (who === 'worker') return crashWorker(bench, tenant)
  const runner = await waitFor(() => tenant.runners()[0], {
    what: `${tenant.name} has a runner at ${JSON.stringify(at)}`,
    timeoutMs: 300_000, // after the loss of a worker, its lease has to run out first
  })
  killRunner(runner)
  await nothingOf(bench, [runner])
}

const courses: OperationStep[][] = [
  ['Preflight', 'Plan', 'Storage', 'Network', 'ControlPlane', 'Nodes', 'AddOns', 'Verify'],
  ['Drain', 'Destroy', 'Sweep'],
]

/** Or past it: reports come twice a second, and what a killed run has made is passed more quickly than that. */
const isAtOrPast = (shown: OperationStep | undefined, step: OperationStep): boolean =>
  courses.some(
    (course) =>
      shown !== undefined && course.includes(step) && course.indexOf(shown) >= course.indexOf(step),
  )

/** Asked of the worker's reports: the status lags behind while the manager is being replaced. Only the manager knows of Verify. */
async function reached(bench: Bench, tenant: AwsTenant, step: OperationStep): Promise<void> {
  const isReached = async () => {
    const { operation } = tenant.now()?.status ?? {}
    if (!operation) return false
    if (isAtOrPast(operation.step, step)) return true
    const progress = await bench.reports.read(operation.id)
    return isAtOrPast(progress?.step, step)
  }
  const what = `${tenant.name} is at ${step}`
  await waitFor(isReached, { what, timeoutMs: 300_000, everyMs: 50 })
}

async function called(bench: Bench, tenant: AwsTenant, operation: string): Promise<void> {
  const isCalled = async () => (await bench.aws.calls(tenant.key, { operation })).length > 0
  const what = `${tenant.name}: ${operation} was called`
  await waitFor(isCalled, { what, timeoutMs: 300_000, everyMs: 50 })
}

/** A runner ends with its worker. */
async function crashWorker(bench: Bench, tenant: AwsTenant): Promise<void> {
  const worker = await workerOf(bench, tenant)
  const runners = tenant.runners()
  await worker.crash()
  await nothingOf(bench, runners)
}

/** The worker kills what a runner leaves, the runner what it would leave when its worker is gone. */
async function nothingOf({ sandbox }: Bench, runners: readonly Runner[]): Promise<void> {
  const left = () => runners.flatMap((runner) => leftOf(sandbox.root, runner))
  await waitFor(() => left().length === 0, {
    what: 'no runner outlives its worker, and nothing its runner',
    timeoutMs: 30_000,
    explain: () => left().join('\n'),
  })
}

/** Who holds the tenant's lease; anybody when nobody does. */
async function workerOf({ kube, workers }: Bench, { uid }: AwsTenant): Promise<Supervised> {
  const lease = await kube.get(core.lease, `tenant-${uid}`, 'cratekube-system')
  const holder = lease?.spec.holderIdentity ?? ''
  const found = workers.find(({ identity }) => holder.startsWith(`${identity}-`)) ?? workers[0]
  if (!found) throw new Error('the test has no worker')
  return found
}
