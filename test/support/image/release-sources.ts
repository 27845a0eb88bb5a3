// What a release is made from, with every pin that the sources do not have yet filled in.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { withDigests, withSums, imageFiles, pluginFile, type Read } from '../../../release/pins.ts'

const root = join(import.meta.dirname, '../../..')
export const sources: Read = (file) => readFileSync(join(root, file), 'utf8')

export const digest = `sha256:${'d'.repeat(64)}`
export const sum = 'e'.repeat(64)

export async function pinnedSources(): Promise<Read> {
  const texts = new Map<string, string>()
  for (const file of imageFiles)
    texts.set(file, await withDigests(sources(file), () => Promise.resolve(digest)))
  texts.set(pluginFile, await withSums(sources(pluginFile), () => Promise.resolve(sum)))
  return (file) => texts.get(file) ?? sources(file)
}
