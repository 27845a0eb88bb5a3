// `npm run help` lists the commands that there are.
import { execFileSync } from 'node:child_process'
import { readFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sentences } from '../help.ts'

const root = join(import.meta.dirname, '../..')
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}

test('every script has a sentence, and every sentence a script', () => {
  expect(Object.keys(sentences).toSorted()).toEqual(Object.keys(scripts).toSorted())
})

test('prints a line for each', () => {
  const text = execFileSync(process.execPath, [join(root, 'test/help.ts')], { encoding: 'utf8' })
  const lines = text.trimEnd().split('\n')
  expect(lines.map((line) => /^npm (?:run )?(\S+) +\S/.exec(line)?.[1])).toEqual(
    Object.keys(sentences),
  )
})

test.each(Object.entries(scripts))('%s runs a file that is there', (_, command) => {
  const [program, file = ''] = command.split(' ')
  if (program === 'node') expect(existsSync(join(root, file))).toBe(true)
  else expect(existsSync(join(root, 'node_modules/.bin', program ?? ''))).toBe(true)
})
