// Whatever npm installs from the lock file is held to a digest: on every platform, since a lock file that was written on
// one machine leaves those of the others out unless npm is made to look them up.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

type Locked = { version?: string; integrity?: string; resolved?: string; link?: boolean }
type LockFile = { lockfileVersion: number; packages: Record<string, Locked> }

const root = join(import.meta.dirname, '../..')
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as LockFile
const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  workspaces: string[]
}
/** What this repository is made of: itself, its workspaces, and the links by which npm puts them in place. */
const isOwn = ([path, { link, resolved = '' }]: [string, Locked]) =>
  path === '' || workspaces.includes(link ? resolved : path)
const packages = Object.entries(lock.packages).filter((entry) => !isOwn(entry))

test('every package has the SHA-512 of what is installed', () => {
  expect(lock.lockfileVersion).toBe(3)
  expect(packages.length).toBeGreaterThan(100)
  const digest = /^sha512-[A-Za-z0-9+/]{86}==$/
  expect(packages.filter(([, { integrity = '' }]) => !digest.test(integrity))).toEqual([])
})

test('no package comes from outside the registry that npm is set to', () => {
  expect(packages.filter(([, { resolved, link }]) => resolved !== undefined || link)).toEqual([])
})

test('installing runs no program of a package', () => {
  expect(readFileSync(join(root, '.npmrc'), 'utf8')).toMatch(/^ignore-scripts=true$/m)
})
