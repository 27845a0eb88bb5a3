// Starts and ends a box: one call of box-init. A box is found by the command line of its PID 1, which names its spec,
// so nothing has to be remembered and a crash between starting and recording loses nothing.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { run } from '../machine/command.ts'
import { endProcess } from '../machine/daemon.ts'
import { sandboxId } from '../machine/paths.ts'
import { markedProcesses, sandboxMark, type ProcessInfo } from '../machine/process-table.ts'
import type { BoxSpec } from './spec.ts'

export async function launchBox(o: {
  root: string
  dir: string
  boxInit: string
  spec: BoxSpec
}): Promise<void> {
  const specPath = join(o.dir, 'spec.json')
  await mkdir(dirname(o.spec.log), { recursive: true })
  await mkdir(o.spec.root, { recursive: true })
  await writeFile(specPath, JSON.stringify(o.spec, undefined, 2))
  await run(o.boxInit, ['launch', specPath], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', [sandboxMark]: sandboxId(o.root) },
  })
}

/** Every box whose spec lies below `dir`: PID 1 as the host sees it. */
export function boxesBelow(root: string, dir: string): ProcessInfo[] {
  return markedProcesses(sandboxId(root)).filter((found) =>
    found.command.startsWith(`box-init run ${dir}/`),
  )
}

/** SIGKILLs PID 1: the kernel ends everything else in the box and drops its mounts. */
export async function endBoxesBelow(root: string, dir: string): Promise<void> {
  await Promise.all(boxesBelow(root, dir).map((box) => endProcess(box, 0)))
}
