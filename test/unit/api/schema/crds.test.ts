import { readdir, readFile } from 'node:fs/promises'
import { loadAll } from 'js-yaml'
import { expect, test } from 'vitest'

const crds = new URL('../../../../crds/', import.meta.url)

/** Paths of objects whose `properties` hold none. */
function emptyOnes(node: unknown, path = ''): string[] {
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([key, value]) => {
    const empty = key === 'properties' && Object.keys(value as object).length === 0 // of a schema
    return [...(empty ? [path] : []), ...emptyOnes(value, `${path}.${key}`)]
  })
}

test('no definition holds what the API server leaves out, which a look for drift would take for a change', async () => {
  const files = (await readdir(crds)).filter((file) => file.endsWith('.yaml'))
  expect(files.length).toBeGreaterThan(3)
  for (const file of files)
    expect(emptyOnes(loadAll(await readFile(new URL(file, crds), 'utf8'))), file).toEqual([])
})
