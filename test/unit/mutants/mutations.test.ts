// One small change at a time, where there is something to change, and what comes of it is a source again.
import { parseSync } from 'oxc-parser'
import { expect, test } from 'vitest'
import { apply, mutantsOf } from '../../mutants/mutations.ts'

const changed = (text: string) => mutantsOf('a.ts', text).map((mutant) => apply(text, mutant))

test.each([
  ['a < b', ['a <= b']],
  ['a !== b', ['a === b']],
  ['a + b', ['a - b']],
  ['a % b', ['a * b']],
  ["a + 'text'", []],
  ['`${a}` + b', []],
  ['a && b', ['a || b']],
  ['a ?? b', ['(a)', '(b)']],
  ['!a', ['(a)']],
  ['a += b', ['a -= b']],
  ['a = b', []],
  ['a++', ['a--']],
  ['a ? b : c', ['!(a) ? b : c']],
  ['!a ? b : c', ['(a) ? b : c']],
  ['x = true', ['x = false']],
  ['x = 1_000', ['x = (1001)', 'x = (999)']],
  ['x = "1"', []],
  ['x = { 404: y, [1]: z }', ['x = { 404: y, [(2)]: z }', 'x = { 404: y, [(0)]: z }']],
  ['f()', [';']],
  ['void f()', [';']],
  ['x = f()', []],
  ['() => a', ['() => undefined']],
  ['() => undefined', []],
  ['() => ({ a })', ['() => undefined']],
])('%s', (text, expected) => {
  expect(changed(text)).toEqual(expected)
})

test.each([
  ['if (a) b = c', ['if (!(a)) b = c']],
  ['while (a) b = c', ['while (false) b = c']],
  ['async function f() { await g() }', ['async function f() { ; }']],
  ['function f() { return a }', ['function f() { return undefined }']],
  ['function f() { return }', []],
  ['class A extends B { constructor() { super(a) } }', []],
])('%s', (text, expected) => {
  expect(changed(text)).toEqual(expected)
})

test('leaves types and imports alone', () => {
  const text = `import { a } from './1.ts'
type A = { b: 1 | true; c: () => 2 }
let x: 3 = y as 4 satisfies 5`
  expect(changed(text)).toEqual([])
  expect(changed('x = (y < z) as true')).toEqual(['x = (y <= z) as true'])
})

test('says where, what stood there and what comes instead', () => {
  const [mutant] = mutantsOf('a.ts', 'let a\n\na = b > c')
  expect(mutant).toMatchObject({ line: 3, from: '>', to: '>=' })
})

test('every mutant is a source that can be read', () => {
  const text = `export async function f(a: number): Promise<boolean> {
  for (let i = 0; i < 3 && a >= -1; i += 1) if (!(await g(a ?? i - 2))) return false
  const h = (b?: string) => (b === 'x' || b?.length ? { a: [1] } : h)
  await g(() => { a-- })
  return h()?.a !== null
}`
  const all = changed(text)
  expect(all.length).toBeGreaterThan(20)
  expect(all.filter((one) => parseSync('a.ts', one).errors.length > 0)).toEqual([])
})

test('refuses what is no source', () => {
  expect(() => mutantsOf('broken.ts', 'let = (')).toThrow('broken.ts')
})
