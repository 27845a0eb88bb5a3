// One pass over one object: finalizer, handlers, reconcile, status. Says how it ended; decides nothing about
// when to come back.
import type { RunContext } from '../context/run-context.ts'
import type { Definition } from '../declare/definition.ts'
import type { Handlers, Handling } from '../handlers/handling.ts'
import { storeState } from '../handlers/state-store.ts'
import type { KubeObject } from '../kube/objects.ts'
import type { Ending } from '../status/conditions.ts'
import { writeStatus, type StatusWriter } from '../status/write.ts'
import { stopping } from '../tasks/stopping.ts'
import { addFinalizer, hasFinalizer, removeFinalizer } from './finalizer.ts'
import { settled } from './outcome.ts'
import { interruptedByOthers, type Run } from './run.ts'
import type { Stage } from './stage.ts'

export type PassOptions = Omit<StatusWriter, 'kind'> & {
  definition: Definition
  obj: KubeObject
  stage: Stage
  run: Run
  deadlineMs: number
  contextOf: (obj: KubeObject) => RunContext
  /** Turns the last failure that the budget allows into a stall. */
  judge: (ending: Ending) => Ending
  /** Those of changes, if there are any. */
  handlers: Handlers | undefined
  /** The reconcile waits for its time while handlers go on: how it ended last. */
  waiting: Ending | undefined
  /** Whether daemons and timers of the object have ended. */
  isQuiet: () => boolean
}

export type PassResult = {
  /** What it all comes to. */
  ending: Ending
  /** How the reconcile ended, if it ran. */
  own: Ending | undefined
  /** What became of the turn of the reconcile: taken, not yet, lost to a handler that ran too long; or it had none. */
  turn: 'taken' | 'later' | 'lost' | 'none'
  /** When the next handler is due. */
  dueMs: number
}

export async function pass(o: PassOptions): Promise<PassResult> {
  const { stage } = o
  if (stage === 'nothing') return done()
  if (stage === 'release') {
    await release(o, o.contextOf(o.obj))
    return done()
  }
  const obj = stage === 'reconcile' ? await withFinalizer(o) : o.obj
  if (!obj || obj.metadata.deletionTimestamp !== o.obj.metadata.deletionTimestamp) return done()
  const context = o.contextOf(obj)
  const handling = await handle(o, context)
  const ended = isDue(o, handling) ? await reconcile(o, context) : undefined
  if (stage === 'finalize' && ended?.type === 'settled') {
    await letGo(o, obj)
    return done()
  }
  return close(o, context, { ended, handling })
}

/** The reconcile has its own time, and the end of an object waits for its handlers. */
const isDue = ({ waiting, stage, run }: PassOptions, handling: Handling | undefined): boolean =>
  waiting === undefined &&
  !run.signal.aborted &&
  (stage === 'reconcile' || !handling || handling.ending.type === 'settled')

async function close(
  o: PassOptions,
  context: RunContext,
  { ended, handling }: { ended: Ending | undefined; handling: Handling | undefined },
): Promise<PassResult> {
  const own = ended && !interruptedByOthers(o.run) ? o.judge(ended) : ended
  const ending = together(own ?? o.waiting ?? settled, handling)
  if (o.run.interrupted !== 'lease-lost') await write(o, context, { handling, ending, own })
  const dueMs = handling?.dueMs ?? Number.POSITIVE_INFINITY
  return { ending, own, turn: turnOf(o, own), dueMs }
}

function turnOf({ waiting, run }: PassOptions, own: Ending | undefined): PassResult['turn'] {
  if (own) return 'taken'
  if (waiting) return 'later'
  return run.signal.aborted ? 'lost' : 'none'
}

async function letGo({ kube, definition: { kind, finalizer } }: PassOptions, obj: KubeObject) {
  if (finalizer) await removeFinalizer(kube, kind, obj, finalizer)
}

const done = (): PassResult => ({
  ending: settled,
  own: settled,
  turn: 'taken',
  dueMs: Number.POSITIVE_INFINITY,
})

async function withFinalizer(o: PassOptions): Promise<KubeObject | undefined> {
  const { kube, definition, obj } = o
  const { kind, finalizer } = definition
  if (!finalizer || hasFinalizer(obj, finalizer)) return obj
  const isHeld = definition.finalize ?? definition.holders.some((holds) => holds(o.contextOf(obj)))
  return isHeld ? addFinalizer(kube, kind, obj, finalizer) : obj
}

async function release(o: PassOptions, context: RunContext): Promise<void> {
  const { finalizer = '' } = o.definition
  context.log.warn({ finalizer }, 'finalizer removed by force; what it guarded may be left behind')
  context.event(
    'Warning',
    'ForceReleased',
    `${finalizer} was removed because the object is annotated ${finalizer}.force-release=true; what it guarded may be left behind.`,
  )
  await removeFinalizer(o.kube, o.definition.kind, o.obj, finalizer)
}

async function handle(o: PassOptions, context: RunContext): Promise<Handling | undefined> {
  const { stage, handlers, run } = o
  if (stage === 'finalize' && !o.isQuiet()) {
    return { ending: stopping, dueMs: stopping.afterMs }
  }
  if (stage === 'nothing' || stage === 'release') return undefined
  return handlers?.handle(context, run, stage)
}

async function reconcile(o: PassOptions, context: RunContext): Promise<Ending> {
  const { definition, stage, deadlineMs } = o
  const handler = stage === 'finalize' ? definition.finalize : definition.reconcile
  if (!handler) return settled
  return o.run.end({ handler: () => handler(context), deadlineMs })
}

/** What waits or fails first is what the object waits for. */
function together(own: Ending, handling: Handling | undefined): Ending {
  if (!handling || handling.ending.type === 'settled') return own
  if (own.type === 'settled' || (own.type === 'stall' && handling.ending.type === 'again'))
    return handling.ending
  return own
}

async function write(
  o: PassOptions,
  context: RunContext,
  {
    handling,
    ending,
    own,
  }: { handling: Handling | undefined; ending: Ending; own: Ending | undefined },
): Promise<void> {
  const { definition, run, handlers } = o
  const { kind } = definition
  const stops = interruptedByOthers(run)
  const says = usesKstatus(definition) && !(stops && (own === undefined || 'error' in own))
  if (handling?.state !== undefined)
    await storeState({ ...o, kind, keep: definition.options.keep }, context, handling.state)
  await writeStatus({ ...o, kind }, context.obj, context.collected, says ? ending : undefined)
  if (handling?.state !== undefined) handlers?.saved(context.obj.metadata.uid)
}

/** Kinds that Kubernetes brings have conditions of their own, written by their own controllers. */
function usesKstatus({ kind, options }: Definition): boolean {
  const builtIn = !kind.group.includes('.') || kind.group.endsWith('.k8s.io')
  return (options.conditions ?? (builtIn ? 'none' : 'kstatus')) === 'kstatus'
}
