// A root file system of Debian packages that were only unpacked: none of their scripts ran, so what those would have
// made (users, /tmp, links) is made by the definition's other layers and here.
import { access, chmod, mkdir, readdir, rm, symlink } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { run } from '../machine/command.ts'
import type { Layer } from './definitions.ts'

type DebianLayer = Extract<Layer, { kind: 'debian' }>

/** Nobody reads documentation in a container. */
const excluded = [
  '/usr/share/doc/*',
  '/usr/share/man/*',
  '/usr/share/locale/*',
  '/usr/share/i18n/*',
  '/usr/share/info/*',
  '/usr/lib/*/gconv/*',
]

const neverUsed = [
  'usr/share/perl5',
  'usr/share/bash-completion',
  'usr/share/lintian',
  'usr/share/bug',
  'usr/share/zsh',
  'usr/lib/apt',
  'var/lib/apt',
  'var/cache',
  'etc/apt',
  'etc/cron.daily',
  'usr/lib/python3.11/pydoc_data',
  'usr/lib/python3.11/ensurepip',
  'usr/lib/python3.11/idlelib',
  'usr/lib/python3.11/turtledemo',
]

export async function makeDebianTree(layer: DebianLayer, tree: string): Promise<void> {
  const archive = `${tree}.tar`
  try {
    await run('mmdebstrap', [
      '--quiet',
      '--variant=extract',
      '--mode=root',
      `--include=${layer.packages.join(',')}`,
      '--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr',
      ...excluded.map((path) => `--dpkgopt=path-exclude=${path}`),
      'bookworm',
      archive,
      ...(await packageSource()),
    ])
    await run('tar', ['-xf', archive, '-C', tree])
  } finally {
    await rm(archive, { force: true })
  }
  for (const path of [...neverUsed, ...(layer.remove ?? [])]) {
    await rm(join(tree, path), { recursive: true, force: true })
  }
  for (const device of await readdir(join(tree, 'dev')))
    await rm(join(tree, 'dev', device), { recursive: true })
  for (const [path, target] of Object.entries(layer.symlinks ?? {}))
    await link(join(tree, path), target)
  await mkdir(join(tree, 'tmp'), { recursive: true })
  await chmod(join(tree, 'tmp'), 0o1777)
  for (const command of layer.finish ?? []) await run('chroot', [tree, ...command])
}

async function link(path: string, target: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await rm(path, { force: true })
  await symlink(target, path)
}

/** The machine's own list of Debian mirrors when it is a Debian 12; Debian's otherwise (mmdebstrap's default). */
async function packageSource(): Promise<string[]> {
  const path = '/etc/apt/sources.list.d/debian.sources'
  return access(path).then(
    () => [path],
    () => [],
  )
}
