// Carries out the operation on a selected stack: whose stack is it, what did a crashed run leave, then the operation.
import type * as Automation from '@pulumi/pulumi/automation/index.js'
import type { OperationResult, StackOperation } from './operation.ts'
import { recoverPending } from './recovery/recover.ts'
import { withStaleLocksCleared } from './recovery/stale-locks.ts'
import { nothingToAdopt, refuseForeignStack, stackLost } from './recovery/stack-owner.ts'
import { rebuild } from './recovery/rebuild.ts'
import { takeBack } from './recovery/take-back.ts'
import type { UnderWay } from './under-way.ts'

export async function perform(o: UnderWay): Promise<OperationResult> {
  const [latest] = await o.stack.history(1, 1, false)
  refuseForeignStack(o.operation, { latest, deployment: undefined }) // also where its state cannot be read
  const exported = await o.stack.exportStack()
  refuseForeignStack(o.operation, { latest, deployment: exported.deployment })
  if (needsState(o.operation) && records(exported).length === 0)
    return await withoutState(o, latest)
  await o.onState(records(exported))
  const fault =
    asksWorld.has(o.operation.kind) && (await o.refusal?.(o.operation, records(exported)))
  if (fault) return { status: 'failed', fault }
  if (o.operation.kind === 'outputs') return succeeded(o, await o.stack.outputs())
  o.tracker.expect(exported.deployment?.resources?.length ?? 0)
  return withStaleLocksCleared(o, async () => {
    const recovered = repairsState(o.operation) && (await recoverPending(o, exported))
    const now = recovered ? await o.stack.exportStack() : exported
    const takenBack = o.operation.kind === 'up' && (await takeBack(o, now))
    return act(o, { refresh: o.operation.refresh === true || recovered || takenBack })
  })
}

const needsState = ({ adopts = false, appliedBefore = false }: StackOperation) =>
  adopts || appliedBefore

/** What removes a stack has looked at the world before, and touches nothing of it. */
const asksWorld = new Set<StackOperation['kind']>([
  'up',
  'preview',
  'refresh',
  'destroy',
  'outputs',
])

/** In the format of `stack export`, version 3, which both engines write. */
const records = ({ deployment }: Automation.Deployment): Record<string, unknown>[] =>
  deployment?.resources ?? []

/** A preview shows what would happen and repairs nothing; but what nobody will work on before its plan is empty is repaired. */
const repairsState = ({ kind, adopts = false }: StackOperation) => adopts || changesState.has(kind)
const changesState = new Set<StackOperation['kind']>(['up', 'refresh', 'destroy'])

async function act(o: UnderWay, { refresh }: { refresh: boolean }): Promise<OperationResult> {
  const { kind, parallel } = o.operation
  const options = {
    signal: o.signal,
    suppressOutputs: true,
    ...(o.onEvent && { onEvent: o.onEvent }),
    ...(parallel === undefined ? {} : { parallel }),
  }
  if (kind === 'up') return succeeded(o, (await o.stack.up({ ...options, refresh })).outputs)
  if (kind === 'preview') {
    await o.stack.preview({ ...options, refresh })
    return { ...succeeded(o, {}), planned: o.tracker.planned() }
  }
  if (kind === 'refresh') await o.stack.refresh(options)
  else if (kind === 'destroy') await o.stack.destroy({ ...options, refresh })
  // What is in an add-ons stack goes with its cluster, so that the stack may go with things in it.
  else
    await o.stack.workspace.removeStack(o.operation.stack, {
      force: o.operation.program === 'addons',
    })
  return succeeded(o, {})
}

/** Whoever looks for a stack makes it; one that nobody made goes again, unless it was rebuilt. */
async function withoutState(
  o: UnderWay,
  latest: Automation.UpdateSummary | undefined,
): Promise<OperationResult> {
  const planned = o.operation.rebuilds ? await rebuild(o) : undefined
  const isRebuilt = planned?.length === 0
  if (!isRebuilt && latest === undefined) await o.stack.workspace.removeStack(o.operation.stack)
  if (planned) return { ...succeeded(o, {}), planned }
  const { adopts } = o.operation
  return { status: 'failed', fault: (adopts ? nothingToAdopt : stackLost)(o.operation) }
}

type Succeeded = Extract<OperationResult, { status: 'succeeded' }>

/** Secret outputs stay behind: they never pass through queues, logs or events. */
function succeeded(o: UnderWay, outputs: Automation.OutputMap): Succeeded {
  const plain = Object.entries(outputs).filter(([, output]) => !output.secret)
  return {
    status: 'succeeded',
    changes: o.tracker.changes(),
    outputs: Object.fromEntries(plain.map(([key, output]) => [key, output.value as unknown])),
  }
}
