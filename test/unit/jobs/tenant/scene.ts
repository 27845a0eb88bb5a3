// One operation on a tenant as a scene that a test writes. The cloud and the engine are inputs of the operation; the management
// cluster is a table of Secrets.
import { pino } from 'pino'
import type { OperationKind } from '../../../../operator/api/tenant/tenant-cluster-status.ts'
import type { Fault } from '../../../../operator/api/faults/fault.ts'
import type { OperationResult, StackOperation } from '../../../../operator/engine/index.ts'
import { KubeError, systemClock, type Kube } from '../../../../operator/framework/index.ts'
import type { Provider } from '../../../support/provider/providers.ts'
import { inputSchema } from '../../../support/provider/spec.ts'
import type { CloudTools } from '../../../../operator/jobs/tenant/cloud.ts'
import type { OperationTools } from '../../../../operator/jobs/tenant/operation-tools.ts'
import type { Run } from '../../../../operator/jobs/worker/operation.ts'
import { tenantOperation } from '../../../../operator/jobs/tenant/tenant-operation.ts'
import { minimalSpec } from '../../../support/tenant-cluster.ts'

export const outputs = {
  clusterName: 'b-0a1b2c3d',
  endpoint: 'https://127.0.0.1:1',
  certificateAuthority: 'Q0E=',
}
export const succeeded = (result: Record<string, unknown> = {}): OperationResult => ({
  status: 'succeeded',
  changes: {},
  outputs: result,
})
export const failedWith = (fault: Fault): OperationResult => ({ status: 'failed', fault })

export type Scene = {
  kind: OperationKind
  secret?: boolean
  attempt?: number
  /** As a user writes it, in addition to what must be there. */
  spec?: object
  /** As it was stored, whatever the schema says of it now. */
  stored?: object
  /** Whether an operation has succeeded before. */
  provisioned?: boolean
  /** What the Lease says was taken over. */
  adopted?: string
  /** The account that the status remembers. */
  account?: string
  annotations?: Record<string, string>
  cloud?: Partial<CloudTools>
  /** Answers of the tenant's API server. */
  tenantApi?: Partial<Kube>
  engine?: (operation: StackOperation) => OperationResult | undefined
  /** Operations that end only when they are cancelled. */
  hangs?: (operation: StackOperation) => boolean
  /** Aborted while something hangs. */
  signal?: AbortController
  lost?: AbortController
  drainMs?: number
  /** Filled with what was called. */
  calls?: string[]
}

export async function playOn(provider: Provider, scene: Scene) {
  const { calls = [] } = scene
  const steps: string[] = []
  const cloud: CloudTools = {
    ...(await provider.worker()),
    credentialsFault: () => undefined,
    accountFault: async () => undefined,
    preflight: async () => undefined,
    environment: () => ({ AWS_REGION: 'eu-west-1' }),
    tenantApi: async () => ({
      server: 'https://127.0.0.1:1',
      certificateAuthority: 'Q0E=',
      token: 'T',
    }),
    unprotect: async () => void calls.push('unprotect'),
    removeStrays: async () => void calls.push('remove strays'),
    madeFor: async () => ({ account: '123456789012', owner: undefined }),
    look: async () => [],
    sweep: async () => [],
    ...scene.cloud,
  }
  const secret = { metadata: { resourceVersion: '7' }, data: { AWS_ACCESS_KEY_ID: 'QQ==' } }
  const kube = { get: async () => (scene.secret === false ? undefined : secret) } as never as Kube // the one call that is made
  const tools: OperationTools = {
    kube,
    cloud: () => cloud,
    inputSchema,
    connect: () => ({ close: () => undefined, ...(scene.tenantApi ?? silent) }) as Kube, // as far as draining needs it
    clock: { ...systemClock, setTimeout: (run) => setTimeout(run, 0), monotonic: jumpingClock() },
    drainMs: scene.drainMs ?? 10_000,
    engine: async (operation, { files, onProgress, signal, kill }) => {
      const file = files['KUBECONFIG'] ? ' with kubeconfig' : ''
      calls.push(
        `${operation.kind} ${operation.stack}${operation.refresh ? ' refreshed' : ''}${file}`,
      )
      onProgress({ done: 1, total: 2, running: [], step: provider.networkType, message: 'vpc' })
      if (scene.hangs?.(operation)) {
        const ended = new Promise((resolve) => signal.addEventListener('abort', resolve))
        scene.lost?.abort(new Error('lost'))
        scene.signal?.abort(new Error('stopped'))
        await ended
        calls.push(kill.aborted ? 'killed' : 'asked to end')
        return { status: 'cancelled' }
      }
      return scene.engine?.(operation) ?? succeeded(operation.program === 'cloud' ? outputs : {})
    },
  }
  const lost = (scene.lost ?? new AbortController()).signal
  const stop = (scene.signal ?? new AbortController()).signal
  const ending = await tenantOperation(tools)({
    tenant: {
      metadata: {
        namespace: 'a',
        name: 'b',
        uid: 'u',
        generation: 2,
        annotations: scene.annotations,
      },
      spec: {
        ...inputSchema.shape.spec.parse({
          ...minimalSpec,
          provider: provider.spec,
          ...scene.spec,
        }),
        ...scene.stored,
      },
      status: {
        ...(scene.provisioned && { appliedGeneration: 1 }),
        ...(scene.account && { account: scene.account }),
      },
    },
    adopted: scene.adopted,
    operation: { id: 'op', kind: scene.kind, attempt: scene.attempt ?? 1 },
    signal: AbortSignal.any([stop, lost]),
    lost,
    log: pino({ level: 'silent' }),
    progress: ({ step }: { step: string }) => void (steps.at(-1) === step || steps.push(step)),
  } as never as Run) // what an operation reads of it
  return { calls, steps, ending }
}

const silent: Partial<Kube> = {
  request: () => Promise.reject(new KubeError('no answer', { status: 0, reason: 'ECONNREFUSED' })),
}
export const empty: Partial<Kube> = {
  request: async () => ({}),
  pages: () => ({
    [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
  }),
  within: () => empty as Kube,
}

/** Ten seconds pass between two looks. */
function jumpingClock() {
  let now = 0
  return () => (now += 10_000)
}
