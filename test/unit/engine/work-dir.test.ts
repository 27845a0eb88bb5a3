import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { signatureKey, unknownValues } from '../../../operator/api/schema/grammar.ts'
import type { StackOperation } from '../../../operator/engine/index.ts'
import { writeWorkDir } from '../../../operator/engine/work-dir.ts'
import { tenantInput } from '../../support/tenant-input.ts'

let dir: string
beforeEach(async () => (dir = await mkdtemp(join(tmpdir(), 'ck-work-dir-'))))
afterEach(() => rm(dir, { recursive: true, force: true }))

const operation = (
  aws: Record<string, unknown>,
  rest: Partial<StackOperation> = {},
): StackOperation => ({
  kind: 'up',
  program: 'cloud',
  stack: 'a.b',
  tenant: tenantInput({ aws }),
  ...rest,
})
const marked = { tags: { [signatureKey]: 'c44067f5952c0a294b673a41bacd8c17', path: '/etc/passwd' } }

test('writes nothing of a spec that Pulumi would read as a file', async () => {
  await expect(writeWorkDir(dir, operation(marked))).rejects.toThrow('spec.provider.aws.tags')
  expect(await readdir(dir)).toEqual([])
})

test('looks into config as well', async () => {
  const config = { 'cratekube:cloud': JSON.stringify({ endpoint: unknownValues[0] }) }
  await expect(writeWorkDir(dir, operation({}, { config }))).rejects.toThrow(
    'cratekube:cloud.endpoint',
  )
})

test('stands in the way of no destruction', async () => {
  await writeWorkDir(dir, operation(marked, { kind: 'destroy' }))
  expect(await readdir(dir)).toContain('Pulumi.a.b.yaml')
})
