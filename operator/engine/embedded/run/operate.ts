// One up, preview, refresh or destroy from beginning to end: lock, state, program, deletions, history, unlock.
import { join } from 'node:path'
import { openCheckpoint } from '../state/checkpoint.ts'
import { deleteAll, leftOver } from './delete.ts'
import { openEvents, type OnEvent } from '../wire/events.ts'
import type { FileBackend, StackRef } from '../state/file-backend.ts'
import { lock } from '../state/locks.ts'
import type { InlineCalls } from '../wire/inline-calls.ts'
import { engineServices, serveEngine } from '../wire/monitor.ts'
import { runProgram } from './program.ts'
import { openProviders, type ProviderSource } from '../providers/providers.ts'
import { socketAddress } from '../wire/protocol.ts'
import { refreshAll } from './refresh.ts'
import { finishStackOutputs } from './registration.ts'
import { fail, openSlots, type Update } from './run.ts'
import type { Secrets } from '../state/secrets.ts'
import { resolveConfig, type StackConfig } from '../cli/stack-config.ts'
import { readDeployment, writeDeployment, type State } from '../state/state.ts'
import { providerRef } from '../state/urn.ts'

export type UpdateOptions = {
  kind: 'update' | 'preview' | 'refresh' | 'destroy'
  /** Nothing is changed, in the world or in the state. */
  dryRun: boolean
  refresh: boolean
  clearPendingCreates: boolean
  expectNoChanges: boolean
  replace: string[]
  parallel: number
  message: string
  /** Address of the program's language server. */
  client: string | undefined
  eventLog: string | undefined
}

export type Stack = {
  ref: StackRef
  backend: FileBackend
  secrets: Secrets
  config: StackConfig
  source: ProviderSource
  inline: InlineCalls
  onEvent: OnEvent | undefined
  workDir: string
  /** Private directory of this process, for the socket. */
  runDir: string
}

export type UpdateOutcome = {
  changes: Record<string, number>
  failure: string | undefined
  cancelled: boolean
}

export async function operate(
  stack: Stack,
  operation: UpdateOptions,
  signal: AbortSignal,
): Promise<UpdateOutcome> {
  await using _lock = operation.dryRun ? undefined : await lock(stack.backend.locksOf(stack.ref))
  const started = Date.now()
  const state = readDeployment(await stack.backend.load(stack.ref), stack.secrets)
  const run = openRun(stack, operation, { state, signal })
  const warned = state.pending.length
  run.events.prelude(publicConfig(stack))
  if (warned > 0)
    run.events.diagnostic(
      'warning',
      `Attempting to deploy or update resources with ${warned} pending operations from previous deployment.`,
    )
  if (!operation.dryRun) await stack.backend.backUp(stack.ref)
  const cancel = () => void run.providers.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    await phases(run, stack, operation)
  } catch (error) {
    fail(run, error)
  } finally {
    signal.removeEventListener('abort', cancel)
    await run.checkpoint.flush()
    await run.providers.close()
  }
  if (signal.aborted) run.failure ??= 'update canceled'
  await record(stack, operation, { run, started })
  run.events.summary({
    changes: run.changes,
    seconds: (Date.now() - started) / 1000,
    failed: run.failure !== undefined,
  })
  await run.events.close()
  return { changes: run.changes, failure: run.failure, cancelled: signal.aborted }
}

async function phases(run: Update, stack: Stack, operation: UpdateOptions): Promise<void> {
  if (operation.refresh || operation.kind === 'refresh') {
    await refreshAll(run, { counted: operation.kind === 'refresh' })
    if (!operation.dryRun)
      run.checkpoint.forgetPending({ creations: operation.clearPendingCreates })
  }
  run.checkpoint.rebase()
  if (operation.kind === 'refresh' || run.failure !== undefined) return
  if (operation.kind === 'destroy') return deleteAll(run, leftOver(run))
  const services = engineServices(run)
  using _server = await serveEngine(services, join(stack.runDir, 'engine.sock'))
  using _inline = stack.inline.serve(services)
  await runProgram(run, { client: operation.client ?? '', workDir: stack.workDir })
  finishStackOutputs(run)
}

function openRun(
  stack: Stack,
  operation: UpdateOptions,
  o: { state: State; signal: AbortSignal },
): Update {
  const save = (next: State) => stack.backend.save(stack.ref, writeDeployment(next, stack.secrets))
  const checkpoint = openCheckpoint(o.state, operation.dryRun ? undefined : save)
  const find = (ref: string) =>
    checkpoint
      .records()
      .find((record) => providerRef({ urn: record.urn, id: record.id ?? '' }) === ref)
  const address = socketAddress(join(stack.runDir, 'engine.sock'))
  return {
    project: stack.ref.project,
    stack: stack.ref.stack,
    dryRun: operation.dryRun,
    parallel: operation.parallel,
    config: resolveConfig(stack.config, { project: stack.ref.project, secrets: stack.secrets }),
    checkpoint,
    events: openEvents({
      target: operation.eventLog,
      onEvent: stack.onEvent,
      preview: operation.dryRun,
    }),
    providers: openProviders({ source: stack.source, find }),
    slots: openSlots(operation.parallel),
    replace: new Set(operation.replace),
    signal: o.signal,
    claimed: new Set(),
    registered: new Map(),
    formerUrn: new Map(),
    matched: new Set(),
    deletedEarly: new Map(),
    defaults: new Map(),
    addresses: { monitor: address, engine: address },
    attach: stack.inline.attach,
    changes: {},
    failure: undefined,
    stackOutputs: undefined,
  }
}

/** History as both engines keep it; previews are not in it. */
async function record(
  stack: Stack,
  operation: UpdateOptions,
  o: { run: Update; started: number },
): Promise<void> {
  if (operation.dryRun) return
  await stack.backend.addHistory(stack.ref, {
    kind: operation.kind,
    startTime: Math.floor(o.started / 1000),
    message: operation.message,
    environment: { 'exec.kind': 'auto.inline' },
    config: stack.config.config ?? {},
    version: 0,
    result: o.run.failure === undefined ? 'succeeded' : 'failed',
    endTime: Math.floor(Date.now() / 1000),
    resourceChanges: o.run.changes,
  })
}

function publicConfig(stack: Stack): Record<string, string> {
  return Object.fromEntries(
    Object.entries(stack.config.config ?? {}).map(([key, value]) => [
      key,
      typeof value === 'string' ? value : '[secret]',
    ]),
  )
}
