// Writes into a chart which image its release goes with: `node release/stamp-chart.ts CHART REPOSITORY sha256:DIGEST`, in the
// copy that is packaged. In the sources the digest is empty, for the image of a commit cannot be known in it.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv } from 'node:process'

/** The text of values.yaml with its image block filled in. */
export function stamped(values: string, o: { repository: string; digest: string }): string {
  if (!/^sha256:[0-9a-f]{64}$/.test(o.digest))
    throw new Error(`digest: expected sha256: and 64 hexadecimal digits, got ${o.digest}`)
  const [block] = /^image:\n(?: .*\n)+/m.exec(values) ?? []
  if (block === undefined) throw new Error('values.yaml: expected a block image:')
  return values.replace(
    block,
    filled(filled(block, 'repository', o.repository), 'digest', o.digest),
  )
}

function filled(block: string, field: string, value: string): string {
  const line = new RegExp(`^  ${field}: .*$`, 'm')
  if (!line.test(block))
    throw new Error(`values.yaml: image.${field}: expected the field, got none`)
  return block.replace(line, `  ${field}: ${JSON.stringify(value)}`)
}

if (import.meta.main) {
  const [, , chart, repository, digest] = argv
  if (chart === undefined || repository === undefined || digest === undefined)
    throw new Error('usage: node release/stamp-chart.ts CHART REPOSITORY sha256:DIGEST')
  const file = join(chart, 'values.yaml')
  writeFileSync(file, stamped(readFileSync(file, 'utf8'), { repository, digest }))
}
