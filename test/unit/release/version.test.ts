// A release raises the version in every place that has it, and the places are found here, not listed.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { release } from '../../../release/release.ts'
import { checkVersion, dated, raised } from '../../../release/version.ts'

const root = join(import.meta.dirname, '../../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const { version } = JSON.parse(read('package.json')) as { version: string }
const tracked = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' })
  .trim()
  .split('\n')

/** What may name the same digits and is not this release. */
const others: Record<string, RegExp> = {
  'the packages of others': /^test\/sandbox\/tools\/|^package-lock\.json$/,
  'what was released, and what is to be told of it': /^(CHANGELOG|docs\/guides\/upgrade)\.md$/,
  'an image that only the sandbox has': /demo-server/,
  'any version is as good in these':
    /^test\/integration\/(api\/admitted|charts\/templates)\.test\.ts$/,
}

test('no place has the version that a release would not raise', () => {
  const stands = new RegExp(String.raw`(?<![\d.])${version.replaceAll('.', '\\.')}(?![-\d]|\.\d)`)
  const left = tracked
    .filter((file) => /\.(json|ya?ml|ts|md|sh|go|mod)$|Dockerfile|image\//.test(file))
    .flatMap((file) =>
      raised(read(file), version, '99.0.0')
        .split('\n')
        .filter((line) => stands.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    )
    .filter(
      (line) =>
        !Object.values(others).some(
          (other) => other.test(line.split(': ')[0] ?? '') || other.test(line),
        ),
    )
  expect(left).toEqual([])
})

test.each([
  ['"name": "lodash",\n  "version": "7.1.0"', 'a package of others'],
  ['ghcr.io/cratekube/demo-server:7.1.0', 'an image of the sandbox'],
  ['ghcr.io/cratekube/cratekube:7.1.0-rc.1', 'another version of ours'],
  ['ghcr.io/cratekube/cratekube:7.1.01', 'a longer one'],
  ['github.com/x/y v7.1.0', 'a Go module'],
])('%j stays: %s', (text) => {
  expect(raised(text, '7.1.0', '7.2.0')).toBe(text)
})

test.each([
  ['v7.2.0', /expected X.Y.Z or X.Y.Z-rc.1, got "v7.2.0"/],
  ['7.2', /got "7.2"/],
  ['7.2.0+build', /got "7.2.0\+build"/],
  ['', /got ""/],
  ['7.1.0', /expected one above 7.1.0, got 7.1.0/],
  ['7.1.0-rc.1', /expected one above 7.1.0/],
  ['7.0.9', /expected one above 7.1.0, got 7.0.9/],
])('version %j is refused', (wanted, message) => {
  expect(() => checkVersion(wanted, '7.1.0')).toThrow(message)
})

test('a changelog without anything new is refused', () => {
  const text = '# Changelog\n\n## 7.1.0 (2026-01-01)\n'
  expect(() => dated(text, '7.2.0', '2026-02-01')).toThrow(
    'expected what is new below a heading "## … (unreleased)", got "## 7.1.0 (2026-01-01)"',
  )
})

const scratch: string[] = []
afterEach(() => {
  for (const dir of scratch.splice(0)) rmSync(dir, { recursive: true })
})

/** The files of this repository that a release changes, in a repository of their own. */
function copy() {
  const dir = mkdtempSync(join(tmpdir(), 'cratekube-release-'))
  scratch.push(dir)
  const files = tracked.filter(
    (file) => file === 'CHANGELOG.md' || raised(read(file), version, '99.0.0') !== read(file),
  )
  for (const file of files) {
    mkdirSync(dirname(join(dir, file)), { recursive: true })
    cpSync(join(root, file), join(dir, file))
  }
  writeFileSync(join(dir, 'CHANGELOG.md'), '# Changelog\n\n## next (unreleased)\n\n- A line.\n')
  const git = (...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...words], {
      cwd: dir,
      encoding: 'utf8',
    }).trim()
  git('init', '--quiet')
  git('config', 'user.name', 't')
  git('config', 'user.email', 't@example.org')
  git('add', '--all')
  git('commit', '--quiet', '--message', 'all')
  const text = (file: string) => readFileSync(join(dir, file), 'utf8')
  return { dir, files, git, text }
}

test('raises every place, dates the changelog, and says what is to be done', () => {
  const { dir, files, git, text } = copy()
  expect(files.length).toBeGreaterThan(10)
  const told = release(dir, ['99.1.0', '--date', '2031-02-28'])
  expect(text('CHANGELOG.md')).toContain('## 99.1.0 (2031-02-28)\n\n- A line.')
  expect(JSON.parse(text('package.json'))).toMatchObject({ version: '99.1.0' })
  expect(git('diff', '--name-only').split('\n').toSorted()).toEqual(files.toSorted())
  expect(told).toContain("  git commit --all --message 'Release 99.1.0'")
  expect(git('tag', '--list')).toBe('')
})

test('commits and tags when it is told to, once', () => {
  const { dir, git } = copy()
  release(dir, ['99.1.0', '--commit'])
  expect(git('log', '--format=%s', '-1')).toBe('Release 99.1.0')
  expect(git('tag', '--list')).toBe('v99.1.0')
  expect(git('status', '--porcelain')).toBe('')
  expect(() => release(dir, ['99.1.0', '--commit'])).toThrow('expected one above 99.1.0')
  expect(() => release(dir, ['--current'])).toThrow('got 99.1.0, which has v99.1.0')
})

test('releases the version that stands', () => {
  const { dir, git, text } = copy()
  release(dir, ['--current', '--date', '2031-02-28'])
  expect(text('CHANGELOG.md')).toContain(`## ${version} (2031-02-28)`)
  expect(git('diff', '--name-only')).toBe('CHANGELOG.md')
})

test.each([
  [['99.1.0', '--date', '2031-02-29'], /--date: expected a day as 2026-01-31, got "2031-02-29"/],
  [['99.1.0', '--date', 'soon'], /got "soon"/],
  [[], /expected one version, or --current, got nothing/],
  [['99.1.0', '99.2.0'], /expected one version/],
  [['99.1.0', '--current'], /expected one version/],
])('%j is refused', (args, message) => {
  expect(() => release(root, args)).toThrow(message)
})

test('a tree with changes is refused, and they are named', () => {
  const { dir, git } = copy()
  writeFileSync(join(dir, 'stray.md'), 'x')
  expect(() => release(dir, ['99.1.0'])).toThrow(/expected no changes[^]*stray\.md/)
  expect(git('diff', '--name-only')).toBe('')
})
