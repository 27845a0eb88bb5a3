// OCI archives as tar reads them back, and the same input giving the same bytes.
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { imageDefinitions } from '../../../sandbox/images/definitions.ts'
import { tarHeader, writeOciArchive } from '../../../sandbox/images/oci.ts'
import { run } from '../../../sandbox/machine/command.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'ck-oci-'))
})

afterEach(() => rm(dir, { recursive: true }))

test('every blob is named by its digest, and the index leads to config and layers', async () => {
  const layer = join(dir, 'layer.tar')
  await writeFile(layer, 'x'.repeat(1300))
  const path = join(dir, 'image.tar')
  const image = {
    reference: 'registry.example/a/b:1.2',
    config: { Entrypoint: ['/b'] },
    layers: [layer],
  }
  await writeOciArchive(image, path)
  await run('tar', ['-xf', path, '-C', dir])
  const index = await json('index.json')
  const [entry] = index['manifests'] as { digest: string; annotations: Record<string, string> }[]
  expect(entry?.annotations['io.containerd.image.name']).toBe('registry.example/a/b:1.2')
  const manifest = await blob(entry?.digest ?? '')
  const config = await blob((manifest['config'] as { digest: string }).digest)
  expect(config['config']).toMatchObject({ Entrypoint: ['/b'] })
  const [first] = manifest['layers'] as { digest: string; size: number }[]
  expect(first?.size).toBe(1300)
  expect(config['rootfs']).toEqual({ type: 'layers', diff_ids: [first?.digest] })

  const again = join(dir, 'again.tar')
  await writeOciArchive(image, again)
  expect(await readFile(again)).toEqual(await readFile(path))
})

test('a tar header whose name does not fit is refused', () => {
  expect(() => tarHeader('x'.repeat(101), 1)).toThrow('too long for a tar entry')
})

test('image names and references are unique, and each reference has a tag', () => {
  const references = imageDefinitions.map(({ reference }) => reference)
  expect(new Set(references).size).toBe(references.length)
  expect(new Set(imageDefinitions.map(({ name }) => name)).size).toBe(references.length)
  for (const reference of references) expect(reference).toMatch(/^[a-z0-9.]+\/.+:[\w.-]+$/)
})

async function json(name: string): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(dir, name), 'utf8')) as Record<string, unknown> // an OCI document
}

async function blob(digest: string): Promise<Record<string, unknown>> {
  const name = join('blobs/sha256', digest.replace('sha256:', ''))
  const content = await readFile(join(dir, name))
  expect(createHash('sha256').update(content).digest('hex')).toBe(digest.replace('sha256:', ''))
  return json(name)
}
