// Before a cluster is taken over: its stacks are looked at with the real world, and nothing is done unless nothing would be.
// What differs may be a mistake in the spec that would cost the cluster; so no difference is harmless.
import { OperationFault, type Fault } from '../../api/faults/fault.ts'
import { stackNames } from '../../api/tenant/stack.ts'
import type { Planned } from '../../engine/index.ts'
import { cloudOutputs, type Session } from './session.ts'

/** Throws what speaks against it; returns when both plans are empty. */
export async function demandEmptyPlan(session: Session): Promise<void> {
  session.run.progress({ step: 'Plan', message: 'looks whether the cluster is as the spec says' })
  refuseChanges(session, await plannedCloud(session))
  // What they are made of comes from the cloud, which has to be right before.
  refuseChanges(session, await plannedAddons(session))
}

/**
 * The stack of a cluster that was made is lost. With nothing of it in the cloud it is made anew; else by consent alone, which
 * spec.adopt is, and once it is made anew from what is there.
 */
export async function refuseLostStack(session: Session, lost: OperationFault): Promise<void> {
  const { provider, tenant, credentials, run } = session
  const { account, owner } = await provider.madeFor(tenant, credentials, run.signal)
  if (owner === undefined) return
  if (tenant.spec.adopt) return await demandEmptyPlan(session)
  const message = `${lost.message}; but account ${account} holds what has the tag cratekube.io/uid=${tenant.uid}, and nothing was made`
  throw new OperationFault({ ...lost.fault, message })
}

/** Where its stack is lost, it is rebuilt from what the cloud holds of the tenant. */
async function plannedCloud(session: Session): Promise<readonly Planned[]> {
  try {
    return await planOf(session, 'cloud')
  } catch (error) {
    await refuseUnlessOwn(session, faultUnlessLost(error))
  }
  session.run.progress({ step: 'Plan', message: 'looks for what is there, for the stack is lost' })
  return await planOf(session, 'cloud', { rebuilds: true })
}

/** Of the fault that says so; anything else is thrown. */
function faultUnlessLost(error: unknown): Fault {
  if (error instanceof OperationFault && error.fault.code === 'NothingToAdopt') return error.fault
  throw error
}

function refuseChanges(session: Session, planned: readonly Planned[]): void {
  const changes = planned.filter(changesSomething)
  if (changes.length > 0) throw new OperationFault(differs(session, changes))
}

/** What Pulumi keeps for itself, such as the version of a plugin, is nothing in the cloud. */
const changesSomething = ({ type }: Planned) => !type.startsWith('pulumi:')

async function plannedAddons(session: Session): Promise<readonly Planned[]> {
  const outputs = await cloudOutputs(session, 'Plan')
  if (!outputs) throw new OperationFault(unfinished(session))
  const plan = planOf(session, 'addons', {
    files: { KUBECONFIG: await session.kubeconfig(outputs) },
    config: { 'cratekube:cloud': JSON.stringify(outputs) },
  })
  return await plan.catch((error: unknown) => {
    // Its objects are found by their names when they are applied.
    const { message } = faultUnlessLost(error)
    session.run.log.warn(`the add-ons will be applied again: ${message}`)
    return []
  })
}

async function planOf(
  session: Session,
  program: 'cloud' | 'addons',
  o: { files?: Record<string, string>; config?: Record<string, string>; rebuilds?: true } = {},
): Promise<readonly Planned[]> {
  const { tenant } = session
  const { files = {}, config = {}, rebuilds = false } = o
  const stack = stackNames(tenant)[program]
  const about = {
    kind: 'preview',
    program,
    stack,
    tenant,
    refresh: true,
    adopts: true,
    rebuilds,
  } as const
  const { planned = [] } = await session.engine({ ...about, config }, () => 'Plan', { files })
  return planned
}

/** Where there is no stack, the cloud tells whether it was there. */
async function refuseUnlessOwn(session: Session, missing: Fault): Promise<void> {
  const { provider, tenant, credentials, run } = session
  const { account, owner } = await provider.madeFor(tenant, credentials, run.signal)
  const own = `${tenant.namespace}/${tenant.name}`
  if (owner === own) return
  const where = `account ${account} in ${provider.placeOf(tenant.spec)}`
  const about = { inputPath: 'spec.adopt.uid', value: tenant.uid, retryable: false } as const
  if (owner === undefined) {
    const message = `${missing.message}, and nothing in ${where} has the tag cratekube.io/uid=${tenant.uid}`
    throw new OperationFault({ ...missing, message })
  }
  const message = `spec.adopt.uid: expected the uid of an earlier TenantCluster ${own}, got that of ${owner}, whose cluster is in ${where}`
  throw new OperationFault({ code: 'AdoptionRefused', ...about, message })
}

const unfinished = ({ tenant }: Session): Fault => ({
  code: 'AdoptionDiffers',
  inputPath: 'spec.adopt.uid',
  value: tenant.uid,
  message: `the cluster of uid ${tenant.uid} was never finished: stack ${stackNames(tenant).cloud} has no outputs; nothing was changed`,
  retryable: false,
})

const shown = 8
const longest = 160

function differs({ tenant }: Session, planned: readonly Planned[]): Fault {
  const list = planned.slice(0, shown).map((one) => clip(wordsOf(one)))
  const more = planned.length > shown ? ` and ${planned.length - shown} more` : ''
  return {
    code: 'AdoptionDiffers',
    inputPath: 'spec',
    message: `the cluster of uid ${tenant.uid} is not as the spec says, and nothing was changed; it would ${list.join(', ')}${more}`,
    retryable: false,
  }
}

const clip = (text: string) => (text.length > longest ? `${text.slice(0, longest - 1)}…` : text)

/** Such as: update kubernetes:core/v1:ConfigMap autofs-maps (data). */
const wordsOf = ({ op, type, name, fields }: Planned): string =>
  `${op} ${type} ${name}${fields.length > 0 ? ` (${fields.join(', ')})` : ''}`
