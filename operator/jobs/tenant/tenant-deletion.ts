// Deletes everything of a tenant: what the cluster made by itself, the add-ons, the infrastructure, the stacks;
// and looks for leftovers. Works from any state that a creation may have stopped in, and again after any failure.
import { OperationFault, protectedFault } from '../../api/faults/fault.ts'
import { stackNames, type CloudOutputs } from '../../api/tenant/stack.ts'
import { TenantApiError } from '../../framework/index.ts'
import { drain, untilReachable } from './drain.ts'
import type { Ending } from '../worker/operation.ts'
import { cloudOutputs, type Session } from './session.ts'

export async function deleteTenant(session: Session): Promise<Ending> {
  if (session.tenant.spec.deletionProtection) return { result: 'Failed', fault: protectedFault }
  if (session.tenant.spec.deletionPolicy === 'Orphan') return lookOnly(session)
  session.run.progress({ step: 'Drain', message: 'looks for the cluster' })
  try {
    const cloud = await cloudOutputs(session, 'Drain')
    return await destroyAll(session, cloud)
  } catch (error) {
    if (!(error instanceof OperationFault)) throw error
    if (error.fault.code === 'StateDamaged') return await sweepAll(session)
    // Whoever clashes with another's stack was refused before anything was made, and the other's must stay.
    if (error.fault.code !== 'StackNameClash') throw error
    const remaining = await sweep(session)
    return remaining.length > 0 ? leftovers(session, remaining) : { result: 'Succeeded' }
  }
}

/** Where the state of the infrastructure cannot be read, what is tagged as the tenant's goes without it. */
async function sweepAll(session: Session): Promise<Ending> {
  const { run, provider, tenant, credentials } = session
  await provider.unprotect(tenant, credentials, run.signal)
  await provider.removeStrays(tenant, credentials, run.signal)
  const remaining = await sweep(session)
  if (remaining.length > 0) return leftovers(session, remaining)
  try {
    await removeStacks(session)
  } catch (error) {
    // A bucket keeps what cannot be read; nothing in the cloud stands behind it any more.
    if (!(error instanceof OperationFault) || error.fault.code !== 'StateDamaged') throw error
    run.log.warn({ fault: error.fault }, 'the stack stays, remove it by hand')
  }
  return { result: 'Succeeded' }
}

/** It became an orphan after its destruction had begun: whoever lets it go is to know what is left. */
async function lookOnly(session: Session): Promise<Ending> {
  const { run, provider, tenant, credentials } = session
  run.progress({ step: 'Sweep', message: 'looks up what is left' })
  await cloudOutputs(session, 'Sweep').catch(unlessElsewhere)
  return { result: 'Succeeded', remaining: await provider.look(tenant, credentials, run.signal) }
}

/** Whatever else is the matter with the stack: what the cloud holds is told without it, but for another account's. */
function unlessElsewhere(error: unknown): undefined {
  const isOther = error instanceof OperationFault && error.fault.code === 'AccountMismatch'
  if (isOther || !(error instanceof OperationFault)) throw error
}

async function destroyAll(session: Session, cloud: CloudOutputs | undefined): Promise<Ending> {
  const { run, provider, tenant, credentials } = session
  const stacks = stackNames(tenant)
  if (cloud) await emptyCluster(session, cloud)
  run.progress({ step: 'Destroy', message: 'destroys the infrastructure' })
  await provider.unprotect(tenant, credentials, run.signal)
  await provider.removeStrays(tenant, credentials, run.signal)
  await session.engine(
    { kind: 'destroy', program: 'cloud', stack: stacks.cloud, tenant, refresh: true },
    () => 'Destroy',
  )
  const remaining = await sweep(session)
  if (remaining.length > 0) return leftovers(session, remaining)
  await removeStacks(session)
  return { result: 'Succeeded' }
}

/** Whatever is still in the add-ons stack went with the cluster. */
async function removeStacks(session: Session): Promise<void> {
  const { tenant } = session
  const stacks = stackNames(tenant)
  for (const program of ['addons', 'cloud'] as const)
    await session.engine({ kind: 'remove', program, stack: stacks[program], tenant }, () => 'Sweep')
}

async function sweep({ run, provider, tenant, credentials }: Session) {
  run.progress({ step: 'Sweep', message: 'looks for leftovers' })
  return await provider.sweep(tenant, credentials, run.signal)
}

/** Load balancers and volumes are known to the cluster alone; without it they are left to the sweep. */
async function emptyCluster(session: Session, cloud: CloudOutputs): Promise<void> {
  const { run, tools, provider, tenant, credentials } = session
  const api = await provider.tenantApi(tenant, credentials, cloud).catch(unusable)
  if (api instanceof TenantApiError) {
    run.log.warn({ err: api }, 'the stack names no API server that can be used, goes on without it')
    return
  }
  const kube = tools.connect(api)
  try {
    const limit = { clock: tools.clock, signal: run.signal, limitMs: tools.drainMs }
    if (!(await untilReachable(kube, limit))) {
      run.log.warn(
        { endpoint: cloud.endpoint },
        'the API server does not answer, goes on without draining',
      )
      return
    }
    const left = await drain(kube, limit, (message) => run.progress({ step: 'Drain', message }))
    if (left.length > 0) run.log.warn({ left }, 'not drained within the time limit, goes on')
  } finally {
    kube.close()
  }
  await destroyAddons(session, cloud)
}

function unusable(error: unknown): TenantApiError {
  if (error instanceof TenantApiError) return error
  throw error
}

async function destroyAddons(session: Session, cloud: CloudOutputs): Promise<void> {
  const { run, tools, tenant } = session
  run.progress({ step: 'Destroy', message: 'destroys the add-ons' })
  const files = { KUBECONFIG: await session.kubeconfig(cloud) }
  const stack = stackNames(tenant).addons
  const config = { 'cratekube:cloud': JSON.stringify(cloud) }
  try {
    await session.engine(
      { kind: 'destroy', program: 'addons', stack, tenant, config },
      () => 'Destroy',
      { files, limitMs: tools.drainMs },
    )
  } catch (error) {
    if (!(error instanceof OperationFault)) throw error
    // A broken cluster must not hold up its own deletion, neither by a refusal nor by silence.
    run.log.warn({ fault: error.fault }, 'add-ons not destroyed, they go with the cluster')
  }
}

function leftovers(
  { provider: { title } }: Session,
  remaining: NonNullable<Ending['remaining']>,
): Ending {
  const first = remaining.slice(0, 3).map(({ type, id }) => `${type} ${id}`)
  const more = remaining.length > 3 ? ` and ${remaining.length - 3} more` : ''
  const message = `${title} still holds ${first.join(', ')}${more}`
  return {
    result: 'Failed',
    remaining,
    fault: { code: 'ResourcesRemain', message, retryable: true },
  }
}
