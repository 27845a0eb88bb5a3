// Mutants played in the process of their own, on a small file of the framework and its tests.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { play, type Played } from '../../mutants/play.ts'

const root = join(import.meta.dirname, '../../..')
const file = 'operator/framework/cache/versions.ts'
const tests = ['test/unit/framework/cache/store.test.ts']
const text = readFileSync(join(root, file), 'utf8')
const returning = (value: string) => text.replace(/return .*/, value)

async function played(texts: string[], of = tests): Promise<Played[]> {
  const all: Played[] = []
  for await (const one of play({ root, file, tests: of }, texts)) all.push(one)
  return all
}

test('what breaks a test is noticed, what breaks none is not, and the file stays as it is', async () => {
  const broken = returning('return false')
  expect(await played([text, broken, `${text}// more`, 'no source', text])).toEqual([
    {},
    { by: tests[0] },
    {},
    { by: tests[0] },
    {},
  ])
  expect(readFileSync(join(root, file), 'utf8')).toBe(text)
})

test('what never ends is noticed, and the next is played', async () => {
  const [endless, next] = await played([returning('for (;;);'), text])
  expect(endless?.by).toMatch(/ s without an answer$/)
  expect(next).toEqual({})
})

test('tests that fail by themselves are told', async () => {
  const nobody = ['test/integration/mutants/nobody.ts']
  const failing = played([text], nobody)
  await expect(failing).rejects.toThrow(`${file}: its tests fail as it is`)
})
