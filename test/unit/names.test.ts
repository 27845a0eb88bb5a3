// One name, one fact: what a file exports has a name that no other file of the product exports for something else. What has
// to bear the name of another stands here with the reason. The sandbox is held to the same among its own files.
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** Names that several files of the product may declare. */
const shared: Readonly<Record<string, string>> = {
  // Every kind tells its story in the same words.
  decide: 'the pure core of a kind',
  Observed: 'what the core of a kind decides by',
  Step: 'what the core of a kind decides',
  conclude: 'how a kind takes what has ended',
  install: 'the program of an add-on, found by its folder',
}

/** Names that several files of the sandbox may declare. */
const sharedInSandbox: Readonly<Record<string, string>> = {
  types: 'the resource types of one service; registry.ts loads the file that has one',
}

const declared =
  /^export (?:abstract )?(?:async )?(?:function\*?|const|let|class|type|interface) (\w+)/gm

type Exported = ReadonlyMap<string, ReadonlySet<string>>

function exportedBy(patterns: readonly string[]): Map<string, Set<string>> {
  const where = new Map<string, Set<string>>()
  for (const file of globSync([...patterns], { cwd: root })) {
    if (/node_modules|^operator\/framework/.test(file)) continue
    for (const [, name = ''] of readFileSync(join(root, file), 'utf8').matchAll(declared))
      where.set(name, (where.get(name) ?? new Set()).add(file))
  }
  return where
}

/** The framework is a package: what counts among the product's names is what its door gives away. */
const door = 'operator/framework/index.ts'
const ofDoor = (): string[] =>
  [...readFileSync(join(root, door), 'utf8').matchAll(/^export (?:type )?\{([^}]*)\}/gm)]
    .flatMap(([, names = '']) => names.split(','))
    .flatMap((name) => /(\w+)$/.exec(name.trim())?.[1] ?? [])

const unexplained = (exported: Exported, reasons: Readonly<Record<string, string>>) =>
  [...exported]
    .filter(([name, files]) => files.size > 1 && !Object.hasOwn(reasons, name))
    .map(([name, files]) => `${name}: ${[...files].toSorted().join(', ')}`)
    .toSorted()

/** What is shared no more. */
const idle = (exported: Exported, reasons: Readonly<Record<string, string>>) =>
  Object.keys(reasons).filter((name) => (exported.get(name)?.size ?? 0) < 2)

test('no name of the product means two things', () => {
  const exported = exportedBy(['operator/**/*.ts', 'programs/**/*.ts'])
  const given = ofDoor()
  expect(exported.size).toBeGreaterThan(500)
  expect(given).toContain('settled')
  for (const name of given) exported.get(name)?.add(door)
  expect(unexplained(exported, shared)).toEqual([])
  expect(idle(exported, shared)).toEqual([])
})

test('no name of the sandbox means two things', () => {
  const exported = exportedBy(['test/sandbox/**/*.ts'])
  expect(unexplained(exported, sharedInSandbox)).toEqual([])
  expect(idle(exported, sharedInSandbox)).toEqual([])
})
