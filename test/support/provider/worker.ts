// The provider `test` in the worker: the calls that no program makes.
import { InvalidSpec, OperationFault } from '../../../operator/api/faults/fault.ts'
import type { WorkerStep } from '../../../operator/api/tenant/tenant-cluster-status.ts'
import type { Credentials, WorkerFace } from '../../../operator/provider/contract.ts'
import { access, credentialKeys, words } from './access.ts'
import { cloudOf, refused } from './client.ts'
import { secretField } from './spec.ts'

const steps: Record<string, WorkerStep> = {
  'test:index:Network': 'Network',
  'test:index:Share': 'Storage',
  'test:index:Cluster': 'ControlPlane',
  'test:index:NodePool': 'Nodes',
}

export const testWorker: WorkerFace = {
  ...access,
  ...words,
  accountFault: async (_tenant, credentials, { remembered, signal }) => {
    const { account } = await cloudOf(credentials, signal).about().catch(orFault)
    if (account === remembered) return undefined
    const message = `${secretField}: expected credentials of account ${remembered}, got those of ${account}`
    return { code: 'AccountMismatch', inputPath: secretField, message, retryable: false }
  },
  preflight: async ({ spec }, credentials, { signal }) => {
    const { versions } = await cloudOf(credentials, signal).about().catch(orFault)
    const { kubernetesVersion: got } = spec
    const expected = `one of ${versions.join(', ')}`
    if (versions.includes(got)) return undefined
    return new InvalidSpec({ field: 'spec.kubernetesVersion', expected, got }).fault
  },
  environment: (_tenant, credentials) =>
    Object.fromEntries(credentialKeys.map((key) => [key, credentials[key] ?? ''])),
  outputsOf: (_tenant, recorded) => recorded,
  stepOf: (type) => steps[type],
  unprotect: async () => undefined,
  removeStrays: async () => undefined,
  madeFor: async ({ uid }, credentials, signal) => {
    const cloud = cloudOf(credentials, signal)
    const [{ account }, [first]] = await Promise.all([cloud.about(), cloud.list(uid)]).catch(
      orFault,
    )
    return { account, owner: first?.owner }
  },
  look: async ({ uid }, credentials, signal) => await left(uid, credentials, signal),
  sweep: async ({ uid }, credentials, signal) => {
    // Newest first, for what is in use stays.
    for (const { type, id } of (await left(uid, credentials, signal)).toReversed())
      await cloudOf(credentials, signal).remove(type, id)
    return await left(uid, credentials, signal)
  },
}

async function left(uid: string, credentials: Credentials, signal: AbortSignal) {
  const there = await cloudOf(credentials, signal).list(uid).catch(orFault)
  return there.map(({ type, id }) => ({ type, id }))
}

function orFault(error: unknown): never {
  const { pattern, code, message, retryable } = refused
  if (!(error instanceof Error && pattern.test(error.message))) throw error
  const words = `${secretField}: ${String(message)}`
  throw new OperationFault({ code, message: words, inputPath: secretField, retryable })
}
