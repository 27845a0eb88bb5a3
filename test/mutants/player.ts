// The process that plays mutants of one file, started by `play.ts`: one vitest for all of them. A mutant exists in its memory
// only, so that nothing of it is left, however the process ends.
import { resolve } from 'node:path'
import { BaseSequencer, createVitest, type TestSpecification } from 'vitest/node'
import type { Played } from './play.ts'

class AsGiven extends BaseSequencer {
  override sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    return Promise.resolve(specifications)
  }
}

const [root = '', file = '', ...tests] = process.argv.slice(2)
const path = resolve(root, file)
let mutated: string | undefined

const vitest = await createVitest(
  'test',
  {
    root,
    config: false,
    include: tests,
    watch: false,
    cache: false,
    // It goes by the text on the disk.
    fsModuleCache: false,
    bail: 1,
    sequence: { sequencer: AsGiven },
    reporters: [{}],
    onConsoleLog: () => false,
    // A thread ends with its process, even one that loops; those of one run share their modules, which are many.
    pool: 'threads',
    isolate: false,
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 5_000,
  },
  {
    plugins: [
      { name: 'mutant', enforce: 'pre', load: (id) => (id === path ? mutated : undefined) },
    ],
  },
)
const found = await vitest.globTestSpecifications()
let specifications = tests.flatMap((test) =>
  found.filter(({ moduleId }) => moduleId === resolve(root, test)),
)
if (specifications.length < tests.length)
  throw new Error(`not all of ${tests.join(', ')} are tests`)

async function play(): Promise<Played> {
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications)
  const failed = testModules.find((module) => module.state() === 'failed')
  if (!failed) return unhandledErrors.length > 0 ? { by: 'an unhandled error' } : {}
  // What noticed one notices more.
  specifications = specifications.toSorted(
    (a, b) => Number(b.moduleId === failed.moduleId) - Number(a.moduleId === failed.moduleId),
  )
  return { by: failed.relativeModuleId }
}

process.once('disconnect', () => process.exit())
process.on('message', (text: string) => {
  mutated = text
  vitest.invalidateFile(path)
  void tell()
})
await tell()

async function tell(): Promise<void> {
  process.send?.(await play())
}
