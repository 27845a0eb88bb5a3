// A memory cgroup for one process, as a pod's limit makes one: v1 or v2, whichever the machine has. Fails where none can be made.
import { existsSync } from 'node:fs'
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { waitFor } from '../sandbox/machine/wait.ts'

export type MemoryCgroup = AsyncDisposable & {
  /** Puts the shell that runs it into the cgroup, and what it becomes. */
  readonly enter: string
  /** The most that was used, and how often the kernel killed for want of memory. */
  figures(): Promise<{ peak: number; kills: number }>
}

const top = '/sys/fs/cgroup'

export async function memoryCgroup(name: string, limit: number): Promise<MemoryCgroup> {
  const v2 = existsSync(join(top, 'cgroup.controllers'))
  const dir = join(v2 ? top : join(top, 'memory'), name)
  await mkdir(dir)
  if (v2) await writeFile(join(top, 'cgroup.subtree_control'), '+memory')
  await writeFile(join(dir, v2 ? 'memory.max' : 'memory.limit_in_bytes'), String(limit))
  const read = (file: string) => readFile(join(dir, file), 'utf8')
  return {
    enter: `echo $$ > ${dir}/cgroup.procs`,
    figures: async () => ({
      peak: Number(await read(v2 ? 'memory.peak' : 'memory.max_usage_in_bytes')),
      kills: Number(
        /^oom_kill (\d+)/m.exec(await read(v2 ? 'memory.events' : 'memory.oom_control'))?.[1],
      ),
    }),
    [Symbol.asyncDispose]: async () => {
      const removed = () =>
        rmdir(dir).then(
          () => true,
          () => false,
        ) // until the kernel has buried the process
      await waitFor(removed, { what: `cgroup ${dir} is empty`, timeoutMs: 10_000 })
    },
  }
}
