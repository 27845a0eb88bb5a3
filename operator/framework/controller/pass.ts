// One pass over one object: finalizer, handler, status. Says how it ended; decides nothing about when to
// come back.
import type { Clock } from '../clock.ts'
import { isConflict, isNotFound } from '../kube/errors.ts'
import type { Kube } from '../kube/kube.ts'
import type { KubeObject } from '../kube/objects.ts'
import type { Ending } from '../status/conditions.ts'
import type { Definition } from '../declare/definition.ts'
import { addFinalizer, hasFinalizer, removeFinalizer } from './finalizer.ts'
import { settled, type Outcome } from './outcome.ts'
import type { Run } from './run.ts'
import type { RunContext } from '../context/run-context.ts'
import type { Stage } from './stage.ts'
import { nextStatus, statusManifest } from '../status/status.ts'

export type PassOptions = {
  definition: Definition
  obj: KubeObject
  stage: Stage
  run: Run
  kube: Kube
  clock: Clock
  deadlineMs: number
  fieldManager: string
  contextOf: (obj: KubeObject) => RunContext
  /** The object as the cache has it now. */
  latest: () => KubeObject | undefined
  /** Turns the last failure that the budget allows into a stall. */
  judge: (ending: Ending) => Ending
  onStatusWrite: () => void
}

export type PassResult = { ending: Ending; lookAgainMs: number }

export async function pass(o: PassOptions): Promise<PassResult> {
  const { stage, definition, kube } = o
  if (stage === 'nothing') return done()
  if (stage === 'release') {
    await release(o, o.contextOf(o.obj))
    return done()
  }
  const obj = stage === 'reconcile' ? await withFinalizer(o) : o.obj
  if (!obj || obj.metadata.deletionTimestamp !== o.obj.metadata.deletionTimestamp) return done()
  const context = o.contextOf(obj)
  const handler = () => handle(definition, stage, context)
  const ended = await o.run.end({ handler, deadlineMs: o.deadlineMs })
  if (stage === 'finalize' && ended.type === 'settled') {
    await removeFinalizer(kube, definition.kind, obj, finalizerOf(definition))
    return done()
  }
  const ending = interruptedByOthers(o.run) ? ended : o.judge(ended)
  await writeStatus(o, context, ending)
  return { ending, lookAgainMs: context.lookAgainMs }
}

const done = (): PassResult => ({ ending: settled, lookAgainMs: Number.POSITIVE_INFINITY })

/** Each needs somebody else to write the object at the same moment. */
const statusAttempts = 5

const finalizerOf = ({ finalize }: Definition): string => finalize?.finalizer ?? ''

async function withFinalizer({
  kube,
  definition,
  obj,
}: PassOptions): Promise<KubeObject | undefined> {
  const { kind, finalize } = definition
  if (!finalize || hasFinalizer(obj, finalize.finalizer)) return obj
  return addFinalizer(kube, kind, obj, finalize.finalizer)
}

async function release(o: PassOptions, context: RunContext): Promise<void> {
  const finalizer = finalizerOf(o.definition)
  context.log.warn({ finalizer }, 'finalizer removed by force; what it guarded may be left behind')
  context.event(
    'Warning',
    'ForceReleased',
    `${finalizer} was removed because the object is annotated ${finalizer}.force-release=true; what it guarded may be left behind.`,
  )
  await removeFinalizer(o.kube, o.definition.kind, o.obj, finalizer)
}

/** The parts made by sugar, then the reconcile; the first that is not settled decides. */
async function handle(definition: Definition, stage: Stage, context: RunContext): Promise<Outcome> {
  if (stage === 'finalize' && definition.finalize) return definition.finalize.handler(context)
  for (const part of definition.parts) {
    const outcome = await part.run(context)
    if (outcome && outcome.type !== 'settled') return outcome
  }
  return definition.reconcile ? definition.reconcile(context) : settled
}

/** What a handler threw because we told it to stop says nothing about the object. */
export const interruptedByOthers = (run: Run): boolean =>
  run.interrupted !== undefined && run.interrupted !== 'deadline'

async function writeStatus(o: PassOptions, context: RunContext, ending: Ending): Promise<void> {
  const { definition, run, kube } = o
  if (run.interrupted === 'lease-lost') return
  const counts = usesKstatus(definition) && !(interruptedByOthers(run) && 'error' in ending)
  const time = new Date(o.clock.now()).toISOString().replace(/\.\d+/, '')
  const { name, namespace, uid } = context.obj.metadata
  let latest = o.latest()
  for (let attempt = 1; latest?.metadata.uid === uid; attempt += 1) {
    const current = { ...context.obj, status: latest.status }
    const status = nextStatus(current, context.collected, {
      ending: counts ? ending : undefined,
      time,
    })
    if (!status) return
    const manifest = statusManifest(definition.kind, latest, status)
    try {
      await kube.applyStatus(definition.kind, manifest, {
        fieldManager: o.fieldManager,
        force: true,
      })
      return o.onStatusWrite()
    } catch (error) {
      if (isNotFound(error)) return
      if (!isConflict(error) || attempt >= statusAttempts) throw error
    }
    latest = await kube.get(definition.kind, name, namespace) // somebody wrote since: look again
  }
}

/** Kinds that Kubernetes brings have conditions of their own, written by their own controllers. */
function usesKstatus({ kind, options }: Definition): boolean {
  const builtIn = !kind.group.includes('.') || kind.group.endsWith('.k8s.io')
  return (options.conditions ?? (builtIn ? 'none' : 'kstatus')) === 'kstatus'
}
