// `npm test`: every test, unit first, and the closing line `N passed, N failed`.
// Arguments are file filters for vitest: `npm test -- work-queue`. Tools the tests need are built first, with progress.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const filters = process.argv.slice(2)

type Counts = { passed: number; failed: number; skipped: number }
type Report = {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: { status: string; assertionResults: unknown[] }[]
}

/** Runs one vitest project; a file that did not load counts as one failed test. */
async function runProject(project: string, reportFile: string): Promise<Counts> {
  const code = await new Promise<number>((resolve, reject) => {
    spawn(
      join(root, 'node_modules/.bin/vitest'),
      [
        'run',
        '--passWithNoTests',
        `--project=${project}`,
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${reportFile}`,
        // Each file of e2e is a whole sandbox.
        ...(project === 'e2e' ? ['--no-file-parallelism'] : []),
        ...filters,
      ],
      { cwd: root, stdio: 'inherit' },
    )
      .once('error', reject)
      .once('close', (status) => resolve(status ?? 1))
  })
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
  }
}

const scratch = await mkdtemp(join(tmpdir(), 'cratekube-test-'))
const total: Counts = { passed: 0, failed: 0, skipped: 0 }
try {
  if (filters.length === 0) {
    const { prepareSandbox } = await import('./sandbox/prepare.ts')
    const { defaultBackend } = await import('./sandbox/sandbox.ts')
    const backends = new Set([defaultBackend(), 'kwok'] as const)
    await prepareSandbox([...backends], (line) => console.log(line), [
      'pulumi',
      'pulumi-resource-kubernetes',
    ])
  }
  for (const project of ['unit', 'integration', 'e2e']) {
    const counts = await runProject(project, join(scratch, `${project}.json`))
    total.passed += counts.passed
    total.failed += counts.failed
    total.skipped += counts.skipped
  }
} finally {
  await rm(scratch, { recursive: true, force: true })
}
if (total.skipped > 0) console.log(`${total.skipped} skipped, see above`)
console.log(`${total.passed} passed, ${total.failed} failed`)
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1
