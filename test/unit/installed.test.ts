// What `npm run check` says first after a pull that raised a package.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { notInstalled } from '../installed.ts'

const dirs: string[] = []
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true })
})

function folder(locked: object, installed: object): string {
  const dir = mkdtempSync(join(tmpdir(), 'cratekube-installed-'))
  dirs.push(dir)
  mkdirSync(join(dir, 'node_modules'))
  const write = (file: string, packages: object) =>
    writeFileSync(join(dir, file), JSON.stringify({ packages }))
  write('package-lock.json', { '': { version: '1.0.0' }, ...locked })
  write('node_modules/.package-lock.json', installed)
  return dir
}

test.each([
  ['the same', { version: '1.0.0' }, { version: '1.0.0' }, []],
  ['another version', { version: '2.0.0' }, { version: '1.0.0' }, ['@a/b 2.0.0']],
  ['none', { version: '2.0.0' }, undefined, ['@a/b 2.0.0']],
  ['none, of another platform', { version: '2.0.0', optional: true }, undefined, []],
])('%s', (_, wanted, found, missing) => {
  const dir = folder({ 'node_modules/@a/b': wanted }, found ? { 'node_modules/@a/b': found } : {})
  expect(notInstalled(dir)).toEqual(missing)
})

test('a package of this repository is linked, not installed', () => {
  const dir = folder({ 'operator/x': { version: '1.0.0' }, 'node_modules/x': { link: true } }, {})
  expect(notInstalled(dir)).toEqual([])
})
