// The catalogue of reasons and fault codes holds exactly what the code uses, and what is generated is fresh.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { staleFiles } from '../../../../operator/generate/generate.ts'
import {
  conditionReasons,
  faultCodes,
  reasonOf,
  withAdvice,
} from '../../../../operator/api/faults/reasons.ts'

const root = join(import.meta.dirname, '../../../..')
const folders = [
  'operator/addons',
  'operator/api',
  'operator/aws',
  'operator/engine',
  'operator/jobs',
  'operator/controllers',
  'programs',
]
/** Of the framework, what runs a reconcile and writes its conditions. */
const reconciling = ['controller', 'context', 'status'].map((room) => `operator/framework/${room}`)

function sourcesOf(folders: string[]): string {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('faults/reasons.ts'))
      .map((file) => join(root, folder, file)),
  )
  return files.map((file) => readFileSync(file, 'utf8')).join('\n')
}

const found = (text: string, pattern: RegExp) =>
  new Set([...text.matchAll(pattern)].map((match) => match[1] ?? ''))

test('every fault code that the code writes is in the catalogue, and none besides', () => {
  // Codes of Pulumi's own CLI and of Node's errors are no faults.
  const codes = found(sourcesOf(folders), /\bcode: '([A-Z][A-Za-z.]+)'/g)
  expect([...codes].filter((code) => !(code in faultCodes))).toEqual([])
  expect(Object.keys(faultCodes).filter((code) => !codes.has(code))).toEqual([])
  // One that is put together from parts could not be found.
  expect(sourcesOf(folders)).not.toMatch(/`AWS\./)
})

test('every reason that the framework gives for a failure is in the catalogue', () => {
  const text = sourcesOf(reconciling)
  const given = [
    ...found(text, /reason: '([A-Z][A-Za-z]+)'/g),
    ...found(text, /new (?:Retry|Stall)\('([A-Z][A-Za-z]+)'/g),
  ]
  expect(given).toContain('NotOwned')
  expect(given.filter((reason) => !(reason in conditionReasons))).toEqual([])
})

test('every reason of the catalogue is used', () => {
  const text =
    sourcesOf(['operator/addons', 'operator/controllers', ...reconciling]) +
    readFileSync(join(root, 'operator/api/faults/reasons.ts'), 'utf8').split('stepReasons')[1]
  const unused = Object.keys(conditionReasons).filter((reason) => !text.includes(`'${reason}'`))
  expect(unused).toEqual([])
})

test('reasons fit into a condition and advice is a sentence', () => {
  for (const [name, { summary, advice }] of Object.entries({
    ...conditionReasons,
    ...faultCodes,
  })) {
    expect(reasonOf(name)).toMatch(/^[A-Za-z][A-Za-z0-9]*$/)
    expect(summary, name).toMatch(/\.$/)
    expect(advice, name).toMatch(/\.$/)
  }
})

test('a fault keeps its own advice and gets that of the catalogue otherwise', () => {
  const fault = { code: 'RunnerCrashed', message: 'x', retryable: true }
  expect(withAdvice(fault).action).toBe(faultCodes.RunnerCrashed.advice)
  expect(withAdvice({ ...fault, action: 'Wait.' }).action).toBe('Wait.')
  expect(withAdvice({ ...fault, code: 'AWS.EC2.Odd' }).action).toBeUndefined()
})

// Every file is formatted anew, by a process of its own.
test('what is generated from the schemas is fresh', { timeout: 120_000 }, async () => {
  expect(await staleFiles()).toEqual([])
})
