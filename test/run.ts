// `npm test`: every test, unit first, then the slowest files and the closing line `N passed, N failed`.
// Arguments are file filters for vitest: `npm test -- work-queue`. Tools the tests need are built first, with progress.
// `npm test -- --watch [kind] [filters]` goes on: at every save, the tests that import what was saved run again.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { longSeconds, reasonOf } from './support/vitest/takes-minutes.ts'

const root = join(import.meta.dirname, '..')
const projects = ['unit', 'integration', 'e2e'] as const
const filters = process.argv.slice(2)

/**
 * Left to itself vitest runs one file at a time on two processors. What uses servers waits as much as it works: a third file
 * works meanwhile.
 */
const workers = { unit: 2, integration: 3, e2e: 3 }

/**
 * Half of what servers and runners do is to start. Go collects its garbage less often then, for a third more memory; modules
 * are compiled once for all processes.
 */
const env = {
  ...process.env,
  GOGC: '400',
  NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? join(tmpdir(), 'node-compile-cache'),
}

type Project = (typeof projects)[number]
type FileTime = { file: string; seconds: number }
type Counts = {
  passed: number
  failed: number
  skipped: number
  seconds: number
  files: FileTime[]
}
type Report = {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: {
    name: string
    status: string
    assertionResults: unknown[]
    startTime: number
    endTime: number
  }[]
}

/** Of one kind: each save would start the servers of the others. Ends by q or Ctrl-C, and asks for nothing that is built. */
async function watch([first = '', ...rest]: readonly string[]): Promise<number> {
  const kind = projects.find((project) => project === first)
  const names = kind === undefined && first !== '' ? [first, ...rest] : rest
  return await vitest(['watch', `--project=${kind ?? 'unit'}`, ...names])
}

const vitest = (args: readonly string[]): Promise<number> =>
  new Promise((resolve, reject) => {
    spawn(join(root, 'node_modules/.bin/vitest'), args, { cwd: root, stdio: 'inherit', env })
      .once('error', reject)
      .once('close', (status) => resolve(status ?? 1))
  })

/** Runs one vitest project; a file that did not load counts as one failed test. */
async function runProject(project: Project, reportFile: string): Promise<Counts> {
  const startedAt = performance.now()
  const code = await vitest([
    'run',
    '--passWithNoTests',
    `--project=${project}`,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
    `--maxWorkers=${workers[project]}`,
    ...filters,
  ])
  const report = JSON.parse(await readFile(reportFile, 'utf8')) as Report
  const unloaded = report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length
  const failed = report.numFailedTests + unloaded
  return {
    passed: report.numPassedTests,
    // vitest also fails on errors outside of any test.
    failed: failed === 0 && code !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
    seconds: (performance.now() - startedAt) / 1000,
    files: report.testResults.map(({ name, startTime, endTime }) => ({
      file: relative(root, name),
      seconds: (endTime - startTime) / 1000,
    })),
  }
}

/** Where a run's time goes: a kind of test that grows is seen before it is too long. */
function tellTimes(kinds: ReadonlyMap<string, Counts>): void {
  for (const [kind, { seconds }] of kinds) console.log(`${line(seconds)}  ${kind}`)
  const files = [...kinds.values()].flatMap((counts) => counts.files)
  for (const { file, seconds } of files.toSorted((a, b) => b.seconds - a.seconds).slice(0, 10)) {
    const isUnexplained = seconds > longSeconds && reasonOf(join(root, file)) === undefined
    console.log(
      `${line(seconds)}    ${file}${isUnexplained ? ' (its header does not say why)' : ''}`,
    )
  }
}

const line = (seconds: number) => `${seconds.toFixed(0).padStart(6)} s`

if (filters.includes('--watch')) {
  process.exit(await watch(filters.filter((word) => word !== '--watch')))
}
const scratch = await mkdtemp(join(tmpdir(), 'cratekube-test-'))
const kinds = new Map<string, Counts>()
try {
  if (filters.length === 0) {
    const { prepareSandbox } = await import('./sandbox/prepare.ts')
    const { defaultBackend } = await import('./sandbox/sandbox.ts')
    const { kubernetesReleases } = await import('./sandbox/tools/catalogue.ts')
    const backends = new Set([defaultBackend(), 'kwok'] as const)
    // All that any test needs: a compiler beside a sandbox would use up the time that its tests wait.
    const minors = Object.keys(kubernetesReleases)
    const tools = ['pulumi', 'pulumi-resource-kubernetes', 'cron-times'] as const
    await prepareSandbox([...backends], (line) => console.log(line), { tools, minors })
  }
  for (const project of projects) {
    kinds.set(project, await runProject(project, join(scratch, `${project}.json`)))
  }
} finally {
  await rm(scratch, { recursive: true, force: true })
}
tellTimes(kinds)
const sum = (of: 'passed' | 'failed' | 'skipped') =>
  [...kinds.values()].reduce((all, counts) => all + counts[of], 0)
if (sum('skipped') > 0) console.log(`${sum('skipped')} skipped, see above`)
console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
process.exitCode = sum('failed') === 0 && sum('passed') > 0 ? 0 : 1
