// What came of it, as lines to read: a table of files, then what nobody noticed.
import type { Mutant } from './mutations.ts'

export type Result = {
  readonly file: string
  /** How many mutants the file has; some are sampled. */
  readonly all: number
  readonly sampled: number
  readonly survivors: readonly Mutant[]
}

export function reportLines(results: readonly Result[]): string[] {
  const width = Math.max(0, ...results.map(({ file }) => file.length))
  const rows = results.map((result) => {
    const { file, all, sampled, survivors } = result
    const noticed = `${sampled - survivors.length}/${sampled}`
    const percent = `${percentOf(result).toFixed(0)} %`
    return `${file.padEnd(width)}  ${noticed.padStart(7)}  ${percent.padStart(5)}  of ${all}`
  })
  const survivors = results.flatMap(({ file, survivors: of }) =>
    of.map(({ line, from, to }) => `${file}:${line}  ${short(from)}  →  ${short(to)}`),
  )
  return survivors.length === 0 ? rows : [...rows, '', 'not noticed:', ...survivors]
}

export const percentOf = ({ sampled, survivors }: Result): number =>
  sampled === 0 ? 100 : (100 * (sampled - survivors.length)) / sampled

function short(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length > 70 ? `${line.slice(0, 69)}…` : line
}
