// The scripts of the AutoFS image that are root on a node, run by the shell with hostile files where EFS would be.
// mount and mountpoint are doubles that say what they were asked.
import { execFile } from 'node:child_process'
import { chmod, copyFile, mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises' // prettier-ignore
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

const run = promisify(execFile)
const scripts = join(import.meta.dirname, '../../../operator/autofs')
const script = async (path: string, text: string) => {
  await writeFile(path, text)
  await chmod(path, 0o755)
}
const modeOf = async (path: string) => ((await stat(path)).mode & 0o7777).toString(8)

let root: string
let env: Record<string, string>
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ck-autofs-scripts-'))
  for (const folder of ['bin', 'maps', 'efs/top.home', 'node']) {
    await mkdir(join(root, folder), { recursive: true })
  }
  await writeFile(join(root, 'efs/efs.home'), 'fs-1.efs.eu-west-1.amazonaws.com:/home')
  await copyFile(join(scripts, 'efs-map'), join(root, 'maps/efs.home'))
  await script(join(root, 'bin/mount'), '#!/bin/sh\nprintf "%s\\n" "$*"\n')
  await script(join(root, 'bin/mountpoint'), '#!/bin/sh\nexit 0\n')
  env = { PATH: `${join(root, 'bin')}:/usr/bin:/bin` }
})
afterEach(() => rm(root, { recursive: true, force: true }))

const efs = (...path: string[]) => join(root, 'efs/top.home', ...path)
const node = (...path: string[]) => join(root, 'node', ...path)
const lookUp = async (key: string) => await run('sh', [join(root, 'maps/efs.home'), key], { env })

describe('efs-map', () => {
  test('makes a directory that is open to all with the sticky bit, and names it', async () => {
    const { stdout } = await lookUp('alice')
    expect(stdout).toBe('-fstype=efs fs-1.efs.eu-west-1.amazonaws.com:/home/alice\n')
    expect(await modeOf(efs('home/alice'))).toBe('1777')
  })

  test('leaves a directory that is there as it is', async () => {
    await mkdir(efs('home/alice'), { recursive: true, mode: 0o700 })
    await lookUp('alice')
    expect(await modeOf(efs('home/alice'))).toBe('700')
  })

  test('makes nothing through a link in place of the map’s directory', async () => {
    await symlink(node(), efs('home'))
    await expect(lookUp('evil.d')).rejects.toThrow('is a link, which is not followed')
    expect(await readdir(node())).toEqual([])
  })

  test('makes nothing through a link to nowhere in place of the map’s directory', async () => {
    await symlink(node('made'), efs('home'))
    await expect(lookUp('evil.d')).rejects.toThrow()
    expect(await readdir(node())).toEqual([])
  })

  test('changes no mode through a link in place of a key', async () => {
    await mkdir(node('etc'), { mode: 0o755 })
    await mkdir(efs('home'))
    await symlink(node('etc'), efs('home/etc'))
    await symlink(node('made'), efs('home/made'))
    await lookUp('etc')
    expect(await modeOf(node('etc'))).toBe('755')
    await expect(lookUp('made')).rejects.toThrow()
    expect(await readdir(node())).toEqual(['etc'])
  })

  test.each(['', '.', '..', '.hidden', '-p', 'a/b', 'a b', 'a;b', '$(id)', 'a\nb'])(
    'finds nothing under the key %j',
    async (key) => {
      await expect(lookUp(key)).rejects.toThrow()
      expect(await readdir(efs())).toEqual([])
    },
  )
})

test('mount.efs mounts nosuid,nodev, whatever the caller wants', async () => {
  const args = ['fs-1.efs.eu-west-1.amazonaws.com:/home', '/auto/home', '-o', 'rw,suid,dev']
  const { stdout } = await run('sh', [join(scripts, 'mount.efs'), ...args], { env })
  expect(stdout).toMatch(
    /^-t nfs4 -o nfsvers=4\.1,\S*,rw,suid,dev,nosuid,nodev fs-1\.efs\.eu-west-1\.amazonaws\.com:\/home \/auto\/home\n$/,
  )
})
