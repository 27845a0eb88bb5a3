// What EC2 refuses of texts that moto takes: tags (API reference, Tag: keys of at most 127 characters that do not begin
// with aws:, values of at most 256; each key once in a call) and names of security groups (CreateSecurityGroup: not sg-).
import type { Call } from '../call.ts'
import { AwsError } from '../errors.ts'

export function refuseInput(call: Call): void {
  refuseTags(call.form)
  if (call.operation !== 'CreateSecurityGroup') return
  const name = call.form.get('GroupName') ?? ''
  if (/^sg-/i.test(name) || name === '' || name.length > 255)
    throw invalid(
      `Value (${name}) for parameter GroupName is invalid. Group names may not be in the format sg-*.`,
    )
}

/** `TagSpecification.1.Tag.2.Key`, and deeper inside a launch template. */
function refuseTags(form: URLSearchParams): void {
  const seen = new Map<string, Set<string>>()
  for (const [name, text] of form) {
    const [, list, member] = /^(.*Tag)\.\d+\.(Key|Value)$/.exec(name) ?? []
    if (list === undefined) continue
    if (member === 'Value' && text.length > 256)
      throw invalid(`Tag value exceeds the maximum length of 256 characters`)
    if (member === 'Value') continue
    if (text === '' || text.length > 127)
      throw invalid(`Tag key exceeds the maximum length of 127 characters`)
    if (/^aws:/i.test(text))
      throw invalid('Tag keys starting with ‘aws:’ are reserved for internal use')
    const keys = seen.get(list) ?? new Set()
    if (keys.has(text)) throw invalid(`Duplicate tag key '${text}' specified.`)
    seen.set(list, keys.add(text))
  }
}

const invalid = (message: string) => new AwsError('InvalidParameterValue', message, 400)
