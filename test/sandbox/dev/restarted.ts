// A process that is started again at will: by `npm run dev` when a file of its sources was saved. Its output goes line by line
// to whoever asked; it carries the sandbox's mark, so that whatever becomes of us, `down` finds it.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import type { Launch } from '../cratekube.ts'
import { inTurn } from '../machine/together.ts'
import { sandboxId } from '../machine/paths.ts'
import { sandboxMark } from '../machine/process-table.ts'

export type Restarted = {
  readonly pid: () => number | undefined
  /** SIGTERM, and a new one when it is gone; those that are asked for meanwhile are one. */
  restart(why: string): void
  stop(): Promise<void>
}

export type RestartedOptions = {
  root: string
  launch: Launch
  say: (line: string) => void
  /** Of what it has to finish when it is told to end; it is killed after. */
  graceMs: number
}

export function restarted(o: RestartedOptions): Restarted {
  const turn = inTurn()
  let child: ChildProcess | undefined = start(o)
  let asked = false
  let over = false
  const next = async () => {
    asked = false
    await end(child, o)
    if (!over) child = start(o)
  }
  return {
    pid: () => child?.pid,
    restart: (why) => {
      if (asked || over) return
      asked = true
      o.say(`${why}: starts again`)
      void turn(next)
    },
    stop: async () => {
      over = true
      await turn(async () => await end(child, o))
      child = undefined
    },
  }
}

function start({ root, launch, say }: RestartedOptions): ChildProcess {
  const child = spawn(launch.command, launch.args, {
    cwd: root,
    env: { ...launch.env, [sandboxMark]: sandboxId(root) },
    // Ctrl-C reaches us alone: a worker that got it twice would not finish what it has.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const output of [child.stdout, child.stderr])
    createInterface({ input: output }).on('line', say)
  child.once('error', (error) => say(`did not start: ${error.message}`))
  child.once('exit', (code, signal) => say(`ended (${signal ?? `code ${code}`})`))
  return child
}

async function end(child: ChildProcess | undefined, { graceMs, say }: RestartedOptions) {
  if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  child.kill('SIGTERM')
  const late = new AbortController()
  const killed = pause(graceMs, undefined, { signal: late.signal }).then(
    () => {
      say(`still there after ${graceMs / 1000} s: killed`)
      child.kill('SIGKILL')
    },
    () => undefined, // it went in time
  )
  await gone
  late.abort()
  await killed
}
