// A file of tests that takes more than two minutes says why in its header; such files are played first, beside all the others.
import { readFileSync } from 'node:fs'

export const longSeconds = 120

/** `// Takes minutes: …`, in the comment that opens the file. */
export function reasonOf(file: string): string | undefined {
  const [header = ''] = readFileSync(file, 'utf8').split('\nimport ', 1)
  return /^\/\/ Takes minutes: (.+)$/m.exec(header)?.[1]
}
