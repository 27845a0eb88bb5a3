// kopf's daemons: a task beside each object for as long as the object is there, with its own signal.
import { delay, type Clock } from '../clock.ts'
import type { DaemonOptions } from '../declare/builder.ts'
import type { Part } from '../declare/definition.ts'
import { Interrupt, type InterruptCause } from '../controller/interrupt.ts'
import type { RunContext } from '../context/run-context.ts'

export type Daemons = Part & { stopAll(cause: InterruptCause): Promise<void> }

type Task = { controller: AbortController; ended: Promise<void> }

export function daemonPart(
  clock: Clock,
  daemon: (context: RunContext) => Promise<void>,
  { restart = 'onError', restartAfterMs = 5_000 }: DaemonOptions = {},
): Daemons {
  const tasks = new Map<string, Task>()
  const stop = (uid: string, cause: InterruptCause) =>
    tasks.get(uid)?.controller.abort(new Interrupt(cause))

  const loop = async (context: RunContext, signal: AbortSignal): Promise<void> => {
    for (;;) {
      const failed = await daemon(context.lasting(signal)).then(
        () => false,
        (error: unknown) => {
          if (!signal.aborted) context.log.warn({ err: error }, 'daemon failed')
          return true
        },
      )
      const goesOn = restart === 'always' || (restart === 'onError' && failed)
      if (!goesOn || signal.aborted) return
      await delay(clock, restartAfterMs, signal).catch(() => undefined)
      if (signal.aborted) return
    }
  }

  return {
    run(context) {
      const { uid } = context.obj.metadata
      if (!tasks.has(uid)) {
        const controller = new AbortController()
        tasks.set(uid, { controller, ended: loop(context, controller.signal) })
      }
      return Promise.resolve()
    },
    forget(uid) {
      stop(uid, 'deleted')
      tasks.delete(uid)
    },
    async stopAll(cause) {
      for (const uid of tasks.keys()) stop(uid, cause)
      await Promise.all([...tasks.values()].map(({ ended }) => ended))
      tasks.clear()
    },
  }
}
