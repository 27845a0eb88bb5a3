// `npm run mutants -- <file or folder>…`: whether the unit tests would notice a small change. Nothing is written; see
// `player.ts`. Ends with 1 where the tests of a file notice less than --least.
import { globSync, readFileSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { apply, mutantsOf, type Mutant } from './mutations.ts'
import { optionsFrom, usage, type Options } from './options.ts'
import { play } from './play.ts'
import { percentOf, reportLines, type Result } from './report.ts'
import { sample } from './sample.ts'
import { testsOf } from './tests-of.ts'

const root = join(import.meta.dirname, '../..')

const options = given(process.argv.slice(2))
const unitTests = globSync('test/unit/**/*.test.ts', { cwd: root }).toSorted()
const results: Result[] = []
for (const file of filesOf(options.paths)) results.push(await resultOf(file, options))
for (const line of reportLines(results)) console.log(line)
process.exitCode = results.every((result) => percentOf(result) >= options.least) ? 0 : 1

function given(words: readonly string[]): Options {
  try {
    return optionsFrom(words)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`)
    process.exit(2)
  }
}

function filesOf(paths: readonly string[]): string[] {
  const files = paths.flatMap((path) =>
    statSync(path).isDirectory()
      ? globSync('**/*.ts', { cwd: path })
          .map((name) => join(path, name))
          .toSorted()
      : [path],
  )
  return files.map((file) => relative(root, resolve(file)))
}

async function resultOf(file: string, { count, seed, tests: part }: Options): Promise<Result> {
  const text = readFileSync(join(root, file), 'utf8')
  const all = mutantsOf(file, text)
  const sampled = sample(all, count, seed)
  const tests =
    part === undefined
      ? testsOf(root, file, unitTests)
      : unitTests.filter((test) => test.includes(part))
  const survivors = tests.length === 0 ? sampled : await survivorsOf(file, text, sampled, tests)
  const result = { file, all: all.length, sampled: sampled.length, survivors }
  progress(`${reportLines([{ ...result, survivors }])[0]}\n`)
  return result
}

async function survivorsOf(
  file: string,
  text: string,
  mutants: readonly Mutant[],
  tests: readonly string[],
): Promise<Mutant[]> {
  if (mutants.length === 0) return []
  const survivors: Mutant[] = []
  const texts = mutants.map((mutant) => apply(text, mutant))
  let played = 0
  for await (const { by } of play({ root, file, tests }, texts)) {
    const mutant = mutants[played]
    if (by === undefined && mutant) survivors.push(mutant)
    played += 1
    progress(`${file}: ${played}/${mutants.length} played, ${survivors.length} not noticed`)
  }
  return survivors
}

/** One line on a terminal, written over; elsewhere only what is whole. */
function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[K${line}`)
  else if (line.endsWith('\n')) process.stderr.write(line)
}
