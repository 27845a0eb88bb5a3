// The runners of this process, as the kernel knows them.
import { readdir, readFile } from 'node:fs/promises'

/** Each with its environment and command line. */
export async function runnersOfThisProcess() {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const texts = await Promise.all(
    pids.map(async (pid) => {
      try {
        const parent = /^PPid:\s+(\d+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1]
        if (Number(parent) !== process.pid) return { pid, text: '' }
        const environment = await readFile(`/proc/${pid}/environ`, 'utf8')
        return { pid, text: environment + (await readFile(`/proc/${pid}/cmdline`, 'utf8')) }
      } catch {
        // Ended meanwhile, or not ours to read.
        return { pid, text: '' }
      }
    }),
  )
  return texts.filter(({ text }) => text.includes('runner'))
}
