// What the documentation points to is there: files and folders of the repository, pages and their headings.
import { globSync, existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')
const pages = globSync(['*.md', 'docs/**/*.md', 'operator/framework/**/*.md'], {
  cwd: root,
}).toSorted()
const textOf = (page: string) => readFileSync(join(root, page), 'utf8')

/** As GitHub makes them. */
const anchorsOf = (page: string) =>
  [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_\- ]/gu, '')
      .replaceAll(' ', '-'),
  )

function isThere(page: string, target: string): boolean {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? page : relative(root, join(root, dirname(page), path))
  if (!existsSync(join(root, file))) return false
  return anchor === undefined || anchorsOf(file).includes(anchor)
}

test('there are pages', () => {
  expect(pages).toContain('docs/guides/install.md')
})

test.each(pages)('%s links to what is there', (page) => {
  const prose = textOf(page).replaceAll(/`[^`\n]*`/g, '')
  const links = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  const own = links.filter((target) => !/^[a-z]+:/.test(target))
  expect(own.filter((target) => !isThere(page, target))).toEqual([])
})

const folders = 'operator|programs|test|charts|crds|docs|examples|release'

test.each(pages)('%s names paths of the repository that are there', (page) => {
  const named = [...textOf(page).matchAll(new RegExp(`\`((?:${folders})/[\\w./-]+)\``, 'g'))]
  const paths = named.map(([, path = '']) => path)
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([])
})

test('every promise of security.md names a test that is there', () => {
  const rows = [
    ...textOf('docs/security.md').matchAll(/^\| .* \| `(test\/[^`]+)`(?:: (.*))? \|$/gm),
  ]
  expect(rows.length).toBeGreaterThan(30)
  const missing = rows.filter(
    ([, file = '', name = '']) =>
      !existsSync(join(root, file)) || !readFileSync(join(root, file), 'utf8').includes(name),
  )
  expect(missing.map(([row]) => row)).toEqual([])
})

test('what is written by hand by decision is there', () => {
  const log = textOf('docs/decisions/0005-by-hand-or-by-library.md')
  const named = [...log.matchAll(/`([\w-]+\.ts)`/g)].map(([, name = '']) => name)
  const ours = globSync('{operator,programs}/**/*.ts', { cwd: root }).map((path) => basename(path))
  expect(named.length).toBeGreaterThan(5)
  expect(named.filter((name) => !ours.includes(name))).toEqual([])
})

test('CONTRIBUTING says where to go for what, with a path that is there', () => {
  const rows = textOf('CONTRIBUTING.md').match(/^\| (?!I want to|-)[^|]+ \| .+ \|$/gm) ?? []
  expect(rows.length).toBeGreaterThanOrEqual(15)
  const paths = rows.map((row) => /`([^`]+)`/.exec(row)?.[1] ?? 'no path')
  expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([])
})
