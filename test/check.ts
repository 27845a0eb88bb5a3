// `npm run check`: installed packages, format, lint, types, dead code, generated files. Runs all of them and names those that failed.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { notInstalled } from './installed.ts'

const root = join(import.meta.dirname, '..')
const checks: Record<string, string[]> = {
  format: ['oxfmt', '--check', '.'],
  lint: ['oxlint', '--type-aware', '--deny-warnings', '.'],
  types: ['tsc', '-p', '.'],
  'dead code': ['knip'],
  generated: ['node', 'operator/generate/generate.ts', '--check'],
}

// First, for whatever comes after would fail by it and say something else.
const stale = notInstalled(root)
console.log(`${stale.length === 0 ? 'ok    ' : 'FAILED'} installed`)
if (stale.length > 0) console.log(`npm ci brings what package-lock.json has: ${stale.join(', ')}`)

const failed = Object.entries(checks).filter(([name, [command = '', ...args]]) => {
  const { status, stdout, stderr } = spawnSync(join(root, 'node_modules/.bin', command), args, {
    cwd: root,
    encoding: 'utf8',
  })
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name}`)
  if (status !== 0) console.log(stdout + stderr)
  return status !== 0
})
process.exitCode = failed.length + stale.length === 0 ? 0 : 1
