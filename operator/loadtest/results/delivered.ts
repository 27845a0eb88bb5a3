// Reads what the container locust-report says in its log: files for a ConfigMap, where it has delivered, or why not.
// The log comes from a container that users control, so nothing about its shape is taken for granted.
import { reportMark } from '../resources/report-script.ts'

export type Delivered = {
  /** Name to base64 of the gzipped file. */
  files: Record<string, string>
  /** Where it was put, for targets other than a ConfigMap. */
  path?: string
  error?: string
}

/** undefined when the container said nothing: it was killed, or its image has no Python. */
export function parseDelivered(log: string): Delivered | undefined {
  const lines = log.split('\n').filter((line) => line.startsWith(reportMark))
  const said = lines.flatMap((line) => readLine(line.slice(reportMark.length)))
  if (said.length === 0) return undefined
  const delivered: Delivered = { files: {} }
  for (const { file, part, done, error } of said) {
    if (isFileName(file) && typeof part === 'string')
      delivered.files[file] = (delivered.files[file] ?? '') + part
    if (typeof done === 'string') delivered.path = done.slice(0, 512)
    if (typeof error === 'string') delivered.error = error.slice(0, 1024)
  }
  return delivered
}

/** As keys of a ConfigMap may be. */
const isFileName = (name: unknown): name is string =>
  typeof name === 'string' && /^[A-Za-z0-9][-._A-Za-z0-9]{0,99}$/.test(name)

function readLine(text: string): Record<string, unknown>[] {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? [value as Record<string, unknown>] : []
  } catch {
    return [] // a line that was cut
  }
}
