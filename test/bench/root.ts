// Where a benchmark keeps its files and processes. All of it goes at the end, also when that is a Ctrl-C.
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { takeDown } from '../sandbox/down.ts'

export type BenchRoot = AsyncDisposable & { readonly path: string }

const exitCodes = { SIGINT: 130, SIGTERM: 143 } as const

export async function benchRoot(): Promise<BenchRoot> {
  const path = await mkdtemp(join(tmpdir(), 'cratekube-bench-'))
  const interrupted = (signal: keyof typeof exitCodes) => {
    void takeDown({ root: path }).finally(() => process.exit(exitCodes[signal]))
  }
  const signals = ['SIGINT', 'SIGTERM'] as const
  for (const signal of signals) process.once(signal, interrupted)
  return {
    path,
    [Symbol.asyncDispose]: async () => {
      for (const signal of signals) process.off(signal, interrupted)
      await takeDown({ root: path })
    },
  }
}
