// The words after `npm run mutants --`.
import { parseArgs } from 'node:util'

export type Options = {
  /** Files and folders. */
  readonly paths: readonly string[]
  readonly count: number
  readonly seed: string
  /** Percent of the sampled that every file's tests have to notice. */
  readonly least: number
  readonly tests?: string
}

export const usage = `npm run mutants -- <file or folder>… [--count 30] [--seed 1] [--least 90] [--tests <part of a path>]
Changes a file in one small place at a time, plays the unit tests of its folder and those that import it, and lists
what none of them noticed. The same seed draws the same places. --tests plays the unit tests whose path has it instead.`

/** @throws with what is wrong in the words */
export function optionsFrom(words: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      count: { type: 'string', default: '30' },
      seed: { type: 'string', default: '1' },
      least: { type: 'string', default: '90' },
      tests: { type: 'string' },
    },
  })
  if (positionals.length === 0) throw new Error('a file or folder is expected')
  return {
    paths: positionals,
    seed: values.seed,
    count: whole('count', values.count, 1, Number.MAX_SAFE_INTEGER),
    least: whole('least', values.least, 0, 100),
    ...(values.tests !== undefined && { tests: values.tests }),
  }
}

function whole(name: string, given: string, least: number, most: number): number {
  const value = Number(given)
  if (given !== '' && Number.isInteger(value) && value >= least && value <= most) return value
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`
  throw new Error(`--${name}: expected a whole number ${range}, got ${JSON.stringify(given)}`)
}
