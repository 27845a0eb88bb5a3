import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { takeTemporaryFolder } from '../../../../operator/jobs/worker/temporary-folder.ts'

test('a worker finds nothing of what a killed one of its name left, and touches no other’s', () => {
  const parent = mkdtempSync(join(tmpdir(), 'cratekube-folder-'))
  onTestFinished(() => rmSync(parent, { recursive: true }))
  vi.stubEnv('TMPDIR', parent)
  onTestFinished(() => void vi.unstubAllEnvs())
  const take = (name: string) => {
    const env: NodeJS.ProcessEnv = {}
    takeTemporaryFolder(name, env)
    return env['TMPDIR'] ?? ''
  }
  const [one, other] = [take('worker/0'), take('worker/1')]
  expect(new Set(readdirSync(parent)).size).toBe(2)
  expect(statSync(one).mode & 0o777).toBe(0o700)
  for (const folder of [one, other]) writeFileSync(join(folder, 'kubeconfig'), 'token')
  expect(take('worker/0')).toBe(one)
  expect(readdirSync(one)).toEqual([])
  expect(existsSync(join(other, 'kubeconfig'))).toBe(true)
})
