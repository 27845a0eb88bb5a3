// `npm run pin` asks the registries for the digests of the images and the archives of the plugins and writes them where these
// are named, to be looked at and committed. `npm run pin -- --check` asks nobody, and refuses when something is not pinned.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv } from 'node:process'
import { imageFiles, pluginFile, unpinned, withDigests, withSums } from './pins.ts'

const root = join(import.meta.dirname, '..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')
const write = (file: string, text: string) => writeFileSync(join(root, file), text)

function digestOf(name: string): Promise<string> {
  const args = ['buildx', 'imagetools', 'inspect', name, '--format', '{{json .Manifest}}']
  const { digest } = JSON.parse(execFileSync('docker', args, { encoding: 'utf8' })) as {
    digest: string
  } // the descriptor of an OCI index
  return Promise.resolve(digest)
}

async function sumOf(archive: string): Promise<string> {
  const answer = await fetch(archive)
  if (!answer.ok || !answer.body) throw new Error(`${archive}: ${answer.status}`)
  const sum = createHash('sha256')
  for await (const part of answer.body) sum.update(part as Uint8Array) // a body of bytes
  return sum.digest('hex')
}

if (argv[2] !== '--check') {
  for (const file of imageFiles) write(file, await withDigests(read(file), digestOf))
  write(pluginFile, await withSums(read(pluginFile), sumOf))
}
const missing = unpinned(read)
for (const sentence of missing) console.error(sentence)
if (missing.length > 0) {
  console.error('Nothing can be published from this; npm run pin writes what is missing.')
  process.exitCode = 1
}
