// What comes from Debian rather than from Go source: installed with apt-get when missing and we are root.
import { access } from 'node:fs/promises'
import { run } from '../machine/command.ts'
import { withLock } from '../machine/lock.ts'

/** A file that each package owns, by which it is known to be there (on other distributions too). */
const evidence: Readonly<Record<string, readonly string[]>> = {
  'redis-server': ['/usr/bin/redis-server', '/usr/local/bin/redis-server'],
  'containernetworking-plugins': ['/usr/lib/cni/bridge', '/opt/cni/bin/bridge'],
  mmdebstrap: ['/usr/bin/mmdebstrap'],
  iproute2: ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip'],
  iptables: ['/usr/sbin/iptables', '/sbin/iptables'],
  nftables: ['/usr/sbin/nft', '/sbin/nft'],
  'util-linux': ['/usr/bin/nsenter'],
  mount: ['/usr/bin/mount', '/bin/mount'],
  gcc: ['/usr/bin/gcc'],
  'libc6-dev': ['/usr/include/stdio.h'],
  'libseccomp-dev': ['/usr/include/seccomp.h'],
  'pkg-config': ['/usr/bin/pkg-config'],
  'python3-venv': ['/usr/lib/python3/dist-packages/ensurepip', '/usr/share/python-wheels'],
}

export async function ensureDebianPackages(
  names: readonly string[],
  onProgress: (line: string) => void = () => undefined,
): Promise<void> {
  if ((await missingPackages(names)).length === 0) return
  await withLock('/tmp/cratekube-apt.lock', async () => {
    const missing = await missingPackages(names)
    if (missing.length === 0) return
    if (process.getuid?.() !== 0) {
      throw new Error(
        `missing: ${missing.join(', ')}. Run: sudo apt-get install ${missing.join(' ')}`,
      )
    }
    onProgress(`installing ${missing.join(', ')} from Debian`)
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const install = ['install', '-y', '-q', '--no-install-recommends', ...missing]
    await run('apt-get', install, { env }).catch(async () => {
      await run('apt-get', ['update', '-q'], { env }) // a fresh machine has no package lists yet
      await run('apt-get', install, { env })
    })
  })
}

async function missingPackages(names: readonly string[]): Promise<string[]> {
  const present = await Promise.all(names.map((name) => isPresent(name)))
  return names.filter((_, index) => !present[index])
}

async function isPresent(name: string): Promise<boolean> {
  const paths = evidence[name]
  if (paths === undefined)
    throw new Error(`no file is known by which to see that ${name} is installed`)
  const found = await Promise.all(
    paths.map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  )
  return found.includes(true)
}
