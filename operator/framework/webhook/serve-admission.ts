// Serves the handlers of admission for as long as the operator runs.
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { Kube } from '../kube/kube.ts'
import {
  applyConfigurations,
  servedAt,
  type AdmissionEntry,
  type AdmissionServing,
} from './admission.ts'
import { webhookServer } from './server.ts'

export async function serveAdmission(
  entries: readonly AdmissionEntry[],
  o: {
    /** Of the operator. */
    name: string
    kube: Kube
    log: Logger
    clock: Clock
    signal: AbortSignal
    admission?: AdmissionServing
  },
): Promise<AsyncDisposable> {
  const { kube, log, clock, signal, admission } = o
  if (entries.length === 0) return { [Symbol.asyncDispose]: async () => {} }
  if (!admission)
    throw new Error('there are handlers of admission, and `admission` does not say where to serve')
  const injectInto = await applyConfigurations(kube, entries, { ...admission, manager: o.name })
  const served = servedAt(entries, log)
  const server = await webhookServer({
    ...admission,
    ...served,
    kube,
    log,
    clock,
    signal,
    injectInto,
  })
  return { [Symbol.asyncDispose]: () => server.stop() }
}
