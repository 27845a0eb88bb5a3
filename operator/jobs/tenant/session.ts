// What every operation on a tenant has at hand: its input, its credentials, and the engine bound to both.
import type { ZodType } from 'zod'
import { kubeconfig } from '../../api/tenant/kubeconfig.ts'
import { credentialsMissing, credentialsRefOf } from '../../api/tenant/provider.ts'
import { InvalidSpec, OperationFault } from '../../api/faults/fault.ts'
import {
  cloudOwner,
  cloudOutputsSchema,
  stackNames,
  type CloudOutputs,
  type TenantInput,
} from '../../api/tenant/stack.ts'
import type { WorkerStep } from '../../api/tenant/tenant-cluster-status.ts'
import type { OperationResult, Progress, StackOperation } from '../../engine/index.ts'
import { core, secretText } from '../../framework/index.ts'
import type { Credentials } from '../../provider/contract.ts'
import type { CloudTools } from './cloud.ts'
import type { OperationTools } from './operation-tools.ts'
import type { Run } from '../worker/operation.ts'

type Succeeded = Extract<OperationResult, { status: 'succeeded' }>

export type Session = {
  run: Run
  tools: OperationTools
  /** With the uid that everything in the cloud and in Pulumi is named and tagged by. */
  tenant: TenantInput
  /** Whether that is another's until it is taken over. */
  adopting: boolean
  /** That of the spec. */
  provider: CloudTools
  credentials: Credentials
  /** Runs one Pulumi operation to its success; anything else is thrown. */
  engine(
    operation: StackOperation,
    step: (progress: Progress) => WorkerStep,
    o?: { files?: Record<string, string>; limitMs?: number },
  ): Promise<Succeeded>
  /** For the runner alone: a kubeconfig of the tenant's cluster. */
  kubeconfig(cloud: CloudOutputs): Promise<string>
}

/** `onCredentials` hears the version of the Secret that is used from here on. */
export async function openSession(
  run: Run,
  tools: OperationTools,
  onCredentials: (version: string) => void,
): Promise<Session> {
  const tenant = tenantOf(run, tools.inputSchema)
  const { data, version } = await readCredentials(run, tools)
  onCredentials(version)
  const provider = tools.cloud(tenant.spec)
  const fault = provider.credentialsFault(tenant.spec, data)
  if (fault) throw new OperationFault(fault)
  await refuseOtherAccount(run, { provider, tenant, data })
  const common = provider.environment(tenant, data)
  return {
    run,
    tools,
    tenant,
    adopting: isAdopting(run),
    provider,
    credentials: data,
    engine: async (operation, step, { files = {}, limitMs } = {}) => {
      const limit = limitMs === undefined ? [] : [AbortSignal.timeout(limitMs)]
      const result = await tools.engine(operation, {
        env: common,
        files,
        signal: AbortSignal.any([run.signal, ...limit]),
        kill: run.lost,
        log: run.log,
        onProgress: (progress) => {
          const { done, total, message, changing } = progress
          const holds = changing === true && operation.program === 'cloud'
          run.progress({
            step: step(progress),
            message,
            ...(total > 0 && { resources: { done, total } }),
            ...(holds && { holds }),
          })
        },
      })
      run.signal.throwIfAborted()
      return demandSuccess(result)
    },
    kubeconfig: async (outputs) => {
      const api = await provider.tenantApi(tenant, data, outputs)
      return kubeconfig({ clusterName: outputs.clusterName, ...api })
    },
  }
}

/**
 * A spec that was stored before the schema became stricter is refused by its field. Deletion runs no program, and takes
 * it as it is: the API server has filled in the defaults.
 */
function tenantOf(run: Run, schema: ZodType<TenantInput>): TenantInput {
  const { operation } = run
  const { spec } = run.tenant
  const { namespace, name, uid } = ownerOf(run)
  const { success, data, error } = schema.safeParse({ namespace, name, uid, spec })
  if (success) return data
  if (operation.kind === 'Delete') return { namespace, name, uid, spec }
  const [issue] = error.issues
  throw new OperationFault(
    new InvalidSpec({
      field: fieldOf(issue?.path ?? []),
      expected: `what the schema of TenantCluster takes (${issue?.message ?? ''})`,
      got: (issue?.path ?? []).reduce<unknown>((at, key) => (at as never)?.[key], { spec }),
    }).fault,
  )
}

/** What is deleted is its own: what it would have adopted is not, until it was taken over. */
function ownerOf({ tenant, operation, adopted }: Run): ReturnType<typeof cloudOwner> {
  const wished = cloudOwner(tenant)
  if (operation.kind === 'Delete') return { ...wished, uid: adopted ?? tenant.metadata.uid }
  if (adopted === undefined || adopted === wished.uid) return wished
  throw new OperationFault({
    code: 'AdoptionRefused',
    inputPath: 'spec.adopt.uid',
    value: wished.uid,
    message: `spec.adopt.uid: expected ${adopted}, whose cluster was taken over, got ${tenant.spec.adopt?.uid ?? 'none'}`,
    retryable: false,
  })
}

export const isAdopting = ({ tenant, operation, adopted }: Run): boolean =>
  operation.kind !== 'Delete' && tenant.spec.adopt !== undefined && adopted === undefined

const fieldOf = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .slice(1)

/**
 * What is in another account cannot be seen, and would be taken for gone. The runner asks the same of the state before it
 * touches anything; this is known where the state is lost or damaged as well.
 */
async function refuseOtherAccount(
  run: Run,
  o: { provider: CloudTools; tenant: TenantInput; data: Credentials },
): Promise<void> {
  const remembered = run.tenant.status?.account
  if (remembered === undefined) return
  const { signal } = run
  const fault = await o.provider.accountFault(o.tenant, o.data, { remembered, signal })
  if (fault) throw new OperationFault(fault)
}

/** What the cloud stack has now; undefined when creation never came so far, there is no stack, or the cluster is gone. */
export async function cloudOutputs(
  session: Session,
  step: WorkerStep,
): Promise<CloudOutputs | undefined> {
  const { tenant } = session
  const stack = stackNames(tenant).cloud
  const operation = { kind: 'outputs', program: 'cloud', stack, tenant } as const
  const result = await session.engine(operation, () => step).catch(unlessLost)
  const now = result && session.provider.outputsOf(tenant, result.outputs)
  const { success, data } = cloudOutputsSchema.safeParse(now)
  return success ? data : undefined
}

function unlessLost(error: unknown): undefined {
  if (!(error instanceof OperationFault) || error.fault.code !== 'ClusterLost') throw error
}

function demandSuccess(result: OperationResult): Succeeded {
  if (result.status === 'succeeded') return result
  if (result.status === 'failed') throw new OperationFault(result.fault)
  const message = 'the operation was cancelled'
  throw new OperationFault({ code: 'WorkerStopped', message, retryable: true })
}

async function readCredentials({ tenant, signal }: Run, { kube }: OperationTools) {
  const { secret: name } = credentialsRefOf(tenant.spec)
  const { namespace = '' } = tenant.metadata
  const secret = await kube.get(core.secret, name, namespace, { signal })
  if (!secret) throw new OperationFault(credentialsMissing(tenant.spec))
  return { data: secretText(secret), version: secret.metadata.resourceVersion }
}
