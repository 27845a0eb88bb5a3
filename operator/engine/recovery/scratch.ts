// A stack of the same name and program with a state of this process's own, in its directory: what is worked out in it is
// nobody else's. Its config stands beside the state, for each stack has a salt of its own there.
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Output } from '@pulumi/pulumi'
import { openStack, type StackToOpen } from '../open-stack.ts'
import type { StackOperation } from '../operation.ts'
import type { Scratch } from '../under-way.ts'
import { writeWorkDir } from '../work-dir.ts'

type Props = Record<string, unknown>

export async function openScratch(o: StackToOpen, operation: StackOperation): Promise<Scratch> {
  const dir = join(o.dir, 'scratch')
  const state = join(dir, 'state')
  await mkdir(state, { recursive: true, mode: 0o700 })
  const { secretsProvider } = o.settings
  await writeWorkDir(dir, operation, { plugins: o.plugins, secretsProvider })
  const { output, isSecret } = await import('@pulumi/pulumi')
  let known = new Map<string, { value: unknown; output: Output<unknown> }>()
  /** A preview ends without a word of them. */
  const noted = (given: Props): Props => {
    const now: typeof known = (known = new Map())
    for (const [key, input] of Object.entries(given)) {
      const out = output(input) as Output<unknown> // as far as anybody knows
      out.apply((value) => now.set(key, { value, output: out }))
    }
    return given
  }
  const { stack } = await openStack({
    ...o,
    settings: { ...o.settings, backendUrl: pathToFileURL(state).href },
    dir,
    program: async () => noted(await o.program()),
    onEvent: () => undefined,
  })
  const plain = async (): Promise<Props> => {
    const entries = [...known].map(async ([key, { value, output: out }]) =>
      (await isSecret(out)) ? [] : [[key, value] as const],
    )
    return Object.fromEntries((await Promise.all(entries)).flat())
  }
  return { stack, outputs: plain }
}
