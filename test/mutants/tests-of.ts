// Which unit tests should notice a change in a file: those of its folder that reach it by imports, and wherever they stand
// those that import it. Its own come first, for one that notices ends the search.
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseSync } from 'oxc-parser'

/** Paths are relative to the root, with forward slashes. */
export function testsOf(root: string, file: string, tests: readonly string[]): string[] {
  const mirror = file.replace(/^operator\//, 'test/unit/').replace(/\.ts$/, '.test.ts')
  const imports = importsIn(root)
  const reaches = (from: string, seen = new Set<string>()): boolean =>
    [...imports(from)].some((to) => {
      if (to === file) return true
      if (seen.has(to)) return false
      seen.add(to)
      return reaches(to, seen)
    })
  return tests
    .filter((test) => (dirname(test) === dirname(mirror) ? reaches(test) : imports(test).has(file)))
    .toSorted((a, b) => Number(b === mirror) - Number(a === mirror))
}

function importsIn(root: string): (file: string) => ReadonlySet<string> {
  const known = new Map<string, ReadonlySet<string>>()
  return (file) => {
    const found = known.get(file) ?? importsOf(root, file)
    known.set(file, found)
    return found
  }
}

/** Of its own sources; those of types are gone when it runs. */
function importsOf(root: string, file: string): ReadonlySet<string> {
  const text = readFileSync(join(root, file), 'utf8')
  const { staticImports, staticExports, dynamicImports } = parseSync(file, text).module
  const named = [
    ...staticImports
      .filter(({ entries }) => entries.length === 0 || entries.some(({ isType }) => !isType))
      .map(({ moduleRequest }) => moduleRequest.value),
    ...staticExports
      .flatMap(({ entries }) => entries.filter(({ isType }) => !isType))
      .flatMap(({ moduleRequest }) => moduleRequest?.value ?? []),
    ...dynamicImports.map(({ moduleRequest: { start, end } }) => text.slice(start + 1, end - 1)),
  ]
  const own = named.filter((path) => path.startsWith('.') && path.endsWith('.ts'))
  return new Set(own.map((path) => join(dirname(file), path)))
}
