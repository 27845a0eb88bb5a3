// Pulumi's protocol knows secrets, files to send, references and unknown values by marks in plain data. A spec that holds
// one would be read for what it is not, so nothing with a mark is handed to Pulumi.
import { InvalidSpec } from '../faults/fault.ts'
import { methodNames, signatureKey, unknownValues } from '../schema/grammar.ts'

/** Throws InvalidSpec with the path of the first mark. */
export function refuseMarkers(value: unknown, path: string): void {
  if (typeof value === 'string' && unknownValues.includes(value)) throw refusal(path, value)
  if (typeof value !== 'object' || value === null) return
  for (const [key, member] of Object.entries(value)) {
    if (key === signatureKey || methodNames.includes(key)) throw refusal(path, key)
    refuseMarkers(member, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`)
  }
}

const refusal = (field: string, got: string) =>
  new InvalidSpec({
    field,
    expected:
      'no key and no value that Pulumi reads as something of its own: a secret, a file, a method, an unknown value',
    got,
  })
