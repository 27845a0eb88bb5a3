// The operation itself: one TenantCluster is created or updated (this file) or deleted (tenant-deletion.ts).
// Runs in a worker under the tenant's lease; each Pulumi operation in a process of its own.
import { OperationFault } from '../../api/faults/fault.ts'
import {
  cloudOutputsSchema,
  recreateAnnotation,
  stackNames,
  wantsFileSystem,
  type CloudOutputs,
} from '../../api/tenant/stack.ts'
import type { WorkerStep } from '../../api/tenant/tenant-cluster-status.ts'
import type { StackOperation } from '../../engine/index.ts'
import { demandEmptyPlan, refuseLostStack } from './adoption.ts'
import type { OperationTools } from './operation-tools.ts'
import type { Ending, Execute, Run } from '../worker/operation.ts'
import { losesFileSystem, untilMapsServed } from './file-system-removal.ts'
import { cloudOutputs, openSession, type Session } from './session.ts'
import { nextStep } from './steps.ts'
import { specFault } from './spec-check.ts'
import { deleteTenant } from './tenant-deletion.ts'

export const tenantOperation =
  (tools: OperationTools): Execute =>
  async (run) => {
    let credentialsVersion: string | undefined
    const end = (ending: Ending): Ending => ({
      ...ending,
      ...(credentialsVersion && { credentialsVersion }),
    })
    try {
      run.progress({ step: run.operation.kind === 'Delete' ? 'Drain' : 'Preflight' })
      const session = await openSession(run, tools, (version) => (credentialsVersion = version))
      const ending = await (run.operation.kind === 'Delete'
        ? deleteTenant(session)
        : provision(session))
      return end({ ...ending, ...adoptionOf(run, ending) })
    } catch (error) {
      if (!(error instanceof OperationFault)) throw error
      return end({ result: 'Failed', fault: error.fault })
    }
  }

/** It is taken over once all of it has been applied, and stays so. */
function adoptionOf({ tenant, adopted, operation }: Run, { result }: Ending): { adopted?: string } {
  const isTaken = operation.kind !== 'Delete' && result === 'Succeeded'
  const uid = isTaken ? tenant.spec.adopt?.uid : adopted
  return uid === undefined ? {} : { adopted: uid }
}

async function provision(session: Session): Promise<Ending> {
  const { run, tools, provider, tenant, credentials } = session
  const fault =
    specFault(tenant.spec, { imageRegistries: tools.imageRegistries ?? [] }) ??
    (await provider.preflight(tenant, credentials, {
      isMade: run.tenant.status?.appliedGeneration !== undefined,
      signal: run.signal,
    }))
  if (fault) return { result: 'Failed', fault }
  await (session.adopting ? demandEmptyPlan(session) : letGoOfFileSystem(session))
  const outputs = await cloudStackUp(session)
  await addonsStackUp(session, outputs, 'installs add-ons')
  return { result: 'Succeeded', outputs }
}

/** Add-ons come after the cloud they are on; but where the file system goes, the nodes have to let go of it before. */
async function letGoOfFileSystem(session: Session): Promise<void> {
  const { run, tools, provider, tenant, credentials } = session
  if (wantsFileSystem(tenant.spec) || run.tenant.status?.appliedGeneration === undefined) return
  const cloud = await cloudOutputs(session, 'Plan')
  if (!cloud || !losesFileSystem(tenant.spec, cloud)) return
  await addonsStackUp(session, cloud, 'takes the maps of the file system off the nodes')
  run.progress({ step: 'AddOns', message: 'waits until every node serves the maps that stay' })
  const kube = tools.connect(await provider.tenantApi(tenant, credentials, cloud))
  try {
    const served = await untilMapsServed(kube, { clock: tools.clock, signal: run.signal })
    if (!served) run.log.warn('not every node says that it serves the new maps, goes on')
  } finally {
    kube.close()
  }
}

async function cloudStackUp(session: Session): Promise<CloudOutputs> {
  const { status } = session.run.tenant
  try {
    return await applyCloud(session, { appliedBefore: status?.appliedGeneration !== undefined })
  } catch (error) {
    if (!(error instanceof OperationFault) || error.fault.code !== 'StackLost') throw error
    await refuseLostStack(session, error)
    return await applyCloud(session)
  }
}

async function applyCloud(
  session: Session,
  o: Pick<StackOperation, 'appliedBefore'> = {},
): Promise<CloudOutputs> {
  const { run, tenant } = session
  let step: WorkerStep = 'Plan'
  run.progress({ step, message: 'works out what to change' })
  const stack = stackNames(tenant).cloud
  const { outputs } = await session.engine(
    {
      kind: 'up',
      program: 'cloud',
      stack,
      tenant,
      refresh: looksForDrift(session),
      ...recreation(run),
      ...o,
    },
    (progress) => {
      const { step: type } = progress
      step = nextStep(step, type === undefined ? undefined : session.provider.stepOf(type))
      return step
    },
  )
  return cloudOutputsSchema.parse(session.provider.outputsOf(tenant, outputs))
}

/** After a failure, a loss, and when nothing in the spec has changed, what is really there is looked at first. */
const looksForDrift = ({ run, adopting }: Session) =>
  adopting ||
  run.operation.attempt > 1 ||
  run.tenant.status?.appliedGeneration === run.tenant.metadata.generation ||
  recreation(run).recreates !== undefined

const recreation = ({ tenant }: Run): { recreates?: string } => {
  const recreates = tenant.metadata.annotations?.[recreateAnnotation]
  return recreates === undefined ? {} : { recreates }
}

async function addonsStackUp(
  session: Session,
  cloud: CloudOutputs,
  message: string,
): Promise<void> {
  const { run, tenant } = session
  run.progress({ step: 'AddOns', message })
  const files = { KUBECONFIG: await session.kubeconfig(cloud) }
  await session.engine(
    {
      kind: 'up',
      program: 'addons',
      stack: stackNames(tenant).addons,
      tenant,
      refresh: looksForDrift(session),
      config: { 'cratekube:cloud': JSON.stringify(cloud) },
    },
    () => 'AddOns',
    { files },
  )
}
