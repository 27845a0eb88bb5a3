// `npm run release -- X.Y.Z` raises the version wherever it stands and dates the changelog, in a tree without other changes.
// It commits and tags only when it is told to, and never pushes: the pipeline publishes the tag that is pushed.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { checkDate, checkVersion, dated, raised } from './version.ts'

const usage = `npm run release -- X.Y.Z [--date 2026-01-31] [--commit]
npm run release -- --current [--date 2026-01-31] [--commit]
  --current   the version that stands, which was never released, without raising it
  --date      of the changelog's heading; today (UTC) unless given
  --commit    commits and tags; without, the commands are printed`

/** In the repository at `root`; returns the lines to tell. */
export function release(root: string, args: readonly string[]): string[] {
  const wish = wishOf(args)
  const git = (...words: string[]) =>
    execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trimEnd()
  const changed = git('status', '--porcelain')
  if (changed !== '')
    throw new Error(`the tree: expected no changes beside the release, got\n${changed}`)
  const read = (file: string) => readFileSync(join(root, file), 'utf8')
  const { version: current } = JSON.parse(read('package.json')) as { version: string }
  const version = wish.version ?? current
  if (wish.version !== undefined) checkVersion(version, current)
  const tag = `v${version}`
  if (git('tag', '--list', tag) !== '')
    throw new Error(`version: expected one without a tag, got ${version}, which has ${tag}`)
  const texts = new Map([['CHANGELOG.md', dated(read('CHANGELOG.md'), version, wish.date)]])
  for (const file of git('ls-files').split('\n')) {
    if (texts.has(file) || !textFile.test(file)) continue
    const text = raised(read(file), current, version)
    if (text !== read(file)) texts.set(file, text)
  }
  for (const [file, text] of texts) writeFileSync(join(root, file), text)
  const told = [...texts.keys()].map((file) => `${file}: ${version}`)
  const steps = [
    ['commit', '--all', '--message', `Release ${version}`],
    ['tag', '--annotate', '--message', version, tag],
  ]
  if (!wish.commit) return [...told, 'Look at it, then:', ...steps.map(shown), pushed(tag)]
  for (const step of steps) git(...step)
  return [...told, `committed and tagged ${tag}; to publish it:`, pushed(tag)]
}

const textFile = /\.(json|yaml|ts|md)$/

const shown = (words: string[]) =>
  `  git ${words.map((word) => (/\s/.test(word) ? `'${word}'` : word)).join(' ')}`

const pushed = (tag: string) => `  git push origin HEAD ${tag}`

function wishOf(args: readonly string[]) {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      current: { type: 'boolean', default: false },
      commit: { type: 'boolean', default: false },
      date: { type: 'string', default: new Date().toISOString().slice(0, 10) },
    },
  })
  const { current, commit, date } = values
  const [version, ...rest] = positionals
  if (rest.length > 0 || (version === undefined) !== current)
    throw new Error(
      `expected one version, or --current, got ${args.join(' ') || 'nothing'}\n${usage}`,
    )
  checkDate(date)
  return { version, commit, date }
}

if (import.meta.main) {
  try {
    const root = join(import.meta.dirname, '..')
    for (const line of release(root, process.argv.slice(2))) console.log(line)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}
