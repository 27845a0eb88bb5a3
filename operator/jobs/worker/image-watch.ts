// Holds a worker back until its image has what operations need, and says on /readyz what it lacks. It looks again and again,
// for what is mounted may come later; a rollout of such an image stops at its first worker.
import type { Logger } from 'pino'
import type { Fault } from '../../api/faults/fault.ts'
import { delay, type Clock } from '../../framework/index.ts'

export type ImageWatch = {
  /** As /readyz shows it. */
  checks(): { name: string; ok: boolean; detail: string }[]
  /** Resolves when nothing is missing any more. */
  complete(): Promise<void>
}

const againMs = 5_000

export function imageWatch(o: {
  look: () => Promise<Fault | undefined>
  log: Logger
  clock: Clock
}): ImageWatch {
  let check = { ok: false, detail: 'not looked at yet' }
  return {
    checks: () => [{ name: 'image', ...check }],
    async complete() {
      for (;;) {
        const fault = await o.look()
        if (!fault) break
        const detail = `${fault.code}: ${fault.message} ${fault.action ?? ''}`.trimEnd()
        if (check.detail !== detail) o.log.error({ fault }, 'no operations are taken')
        check = { ok: false, detail }
        await delay(o.clock, againMs)
      }
      check = { ok: true, detail: 'engine and plugins are there' }
    },
  }
}
