// A process in the tree of an image as the chart runs it: that tree as the root, read-only but for /tmp, and the image's user
// without any capability. Node and the C library are this machine's, for the base image is not here.
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Image } from './assemble.ts'

/** Makes room in the tree for what comes from this machine; call it once. */
export function furnish(image: Image): void {
  const { root } = image
  for (const folder of ['usr/bin', 'usr/lib', 'usr/lib64', 'proc', 'dev', 'tmp', 'etc/ssl', 'run'])
    mkdirSync(join(root, folder), { recursive: true })
  for (const folder of ['bin', 'lib', 'lib64']) symlinkSync(`usr/${folder}`, join(root, folder))
  for (const file of ['usr/local/bin/node', 'etc/hosts']) writeFileSync(join(root, file), '')
  // As useradd, which was left out, would have it.
  const [user = ''] = image.user.split(':')
  writeFileSync(join(root, 'etc/passwd'), `cratekube:x:${user}:${user}::/home/cratekube:/bin/sh\n`)
  chmodSync(root, 0o755)
}

/** A command that runs `args` by the image's entrypoint. `files` are mounted at /run, readable by all. */
export function contained(
  image: Image,
  o: { node: string; files: string; env: Record<string, string>; args: readonly string[] },
): { command: string; args: string[] } {
  const [init, end, ...entrypoint] = image.entrypoint
  if (init !== 'tini' || end !== '--')
    throw new Error(`entrypoint: expected tini -- first, got ${image.entrypoint.join(' ')}`)
  const env = Object.entries({ ...image.env, ...o.env }).map(([name, value]) => `${name}=${value}`)
  const [user = '', group = user] = image.user.split(':')
  const script = [
    'set -eu; root=$1; node=$2; files=$3; user=$4; shift 4',
    'mount --bind "$root" "$root"',
    'for at in usr/bin usr/lib usr/lib64; do mount --bind -o ro "/$at" "$root/$at"; done',
    'mount --bind -o ro "$node" "$root/usr/local/bin/node"',
    'mount --bind -o ro /etc/hosts "$root/etc/hosts"',
    'mount --bind -o ro "$files" "$root/run"',
    'mount --rbind /dev "$root/dev"; mount -t proc proc "$root/proc"',
    'mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"; mkdir -m 0777 "$root/tmp/run"',
    'mount -o remount,bind,ro "$root"',
    'exec chroot --groups= --userspec="$user" "$root" "$@"',
  ].join('\n')
  const inside = [
    '/usr/bin/env',
    '-i',
    `--chdir=${image.workdir}`,
    ...env,
    ...entrypoint,
    ...o.args,
  ]
  const mounts = [image.root, o.node, o.files, `${user}:${group}`]
  return {
    command: 'unshare',
    args: [
      '--mount',
      '--propagation',
      'private',
      '--',
      'sh',
      '-c',
      script,
      'sh',
      ...mounts,
      ...inside,
    ],
  }
}
