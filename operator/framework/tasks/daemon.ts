// A daemon: runs beside its object for as long as that is there.
import type { DaemonOptions } from '../handlers/options.ts'
import { call, fresh, initialMs, pause, type Task } from './task.ts'

const restartAfterMs = 5_000

export async function daemon(task: Task, o: DaemonOptions<never, never>): Promise<void> {
  const { restart = 'onError' } = o
  const afterMs = o.restartAfterMs ?? o.backoffMs ?? restartAfterMs
  const errors = { ...o, backoffMs: afterMs, ...(restart === 'never' && { retries: 1 }) }
  await pause(task, initialMs(task, 0))
  let progress = fresh(task)
  while (!task.signal.aborted) {
    progress = await call(task, progress, { signal: task.signal, errors })
    const { outcome, dueAt } = progress
    if (outcome === 'failed' || (outcome === 'succeeded' && restart !== 'always')) return
    if (outcome === 'succeeded') {
      await pause(task, afterMs)
      progress = fresh(task)
    } else await pause(task, (dueAt ?? 0) - task.clock.now())
  }
}
