// A timer: ticks for its object every so often, whatever else happens to it.
import { jittered } from '../backoff.ts'
import { deadline } from '../clock.ts'
import { Interrupt } from '../controller/interrupt.ts'
import type { TimerOptions } from '../handlers/options.ts'
import type { Progress } from '../handlers/progress.ts'
import { call, fresh, initialMs, pause, type Task } from './task.ts'

export async function timer(
  task: Task,
  o: TimerOptions<never, never>,
  deadlineMs: number,
): Promise<void> {
  const { clock, signal, random = Math.random } = task
  await pause(task, initialMs(task, o.everyMs * random()))
  let progress = fresh(task)
  for (;;) {
    await idle(task, o.idleMs ?? 0)
    if (signal.aborted) return
    let startedAt = clock.monotonic()
    progress = await task
      .inTurn(() => {
        startedAt = clock.monotonic()
        return tick(task, progress, { errors: o, deadlineMs })
      })
      .catch(stopped(task, progress))
    if (signal.aborted || progress.outcome === 'failed') return
    if (progress.outcome === undefined) {
      await pause(task, (progress.dueAt ?? 0) - clock.now())
      continue
    }
    await pause(task, untilNext(o, clock.monotonic() - startedAt, random))
    progress = fresh(task)
  }
}

const stopped =
  ({ signal }: Task, before: Progress) =>
  (error: unknown): Progress => {
    if (signal.aborted) return before
    throw error
  }

async function tick(
  task: Task,
  progress: Progress,
  { errors, deadlineMs }: { errors: TimerOptions<never, never>; deadlineMs: number },
) {
  using late = deadline(task.clock, deadlineMs, () => new Interrupt('deadline'))
  const signal = AbortSignal.any([task.signal, late.signal])
  return await call(task, progress, { signal, errors })
}

/** The object may change again while this waits for it to be left alone. */
async function idle(task: Task, idleMs: number): Promise<void> {
  while (!task.signal.aborted && task.idleMs() < idleMs) await pause(task, idleMs - task.idleMs())
}

function untilNext(o: TimerOptions<never, never>, tookMs: number, random: () => number): number {
  if (o.sharp) return o.everyMs - (tookMs % o.everyMs)
  return jittered(o.everyMs, o.jitter ?? 0.1, random)
}
