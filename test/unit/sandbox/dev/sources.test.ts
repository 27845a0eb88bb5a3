// What a save starts again follows from the imports.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sourcesOf } from '../../../sandbox/dev/sources.ts'

const root = join(import.meta.dirname, '../../../..')

test('a manager is made of what decides, and of nothing of Pulumi', async () => {
  const files = await sourcesOf(['operator/bin/manager.ts'], root)
  expect(files).toContain(join(root, 'operator/controllers/tenant-cluster/decide.ts'))
  expect([...files].filter((file) => /node_modules|programs\//.test(file))).toEqual([])
})

test('a runner is made of the programs, by the module that names them', async () => {
  const files = await sourcesOf(['operator/engine/process/entry.ts', 'programs/index.ts'], root)
  expect(files).toContain(join(root, 'programs/aws/network.ts'))
  expect(files).not.toContain(join(root, 'operator/controllers/tenant-cluster/decide.ts'))
})

test('what cannot be parsed is an error, not an empty set', async () => {
  await expect(sourcesOf(['CONTRIBUTING.md'], root)).rejects.toThrow()
})
