// What is in each image of the sandbox, as a Dockerfile would say it. References are those of production, so that charts
// and add-ons name them without knowing where they run. Adding an image: add it here.
import type { ImageConfig } from './oci.ts'

export type Layer =
  /** Debian packages unpacked without running their scripts; `remove` and `symlinks` tidy up after them. */
  | {
      readonly kind: 'debian'
      readonly packages: readonly string[]
      readonly remove?: readonly string[]
      readonly symlinks?: Readonly<Record<string, string>>
      /** Run in the unpacked tree with chroot. */
      readonly finish?: readonly (readonly string[])[]
    }
  /** Files: a tool that was built, or a path of this repository (a folder is taken whole, with its modes). */
  | { readonly kind: 'files'; readonly files: Readonly<Record<string, FileSource>> }
  /** Python packages with their dependencies, into `target`. */
  | { readonly kind: 'pip'; readonly requirement: string; readonly target: string }
  /** Our own processes, bundled, and the Node they run on. */
  | { readonly kind: 'cratekube' }

export type FileSource =
  | { readonly tool: 'coredns' | 'pause' | 'demo-server' | 'mount-nfs4' }
  | { readonly repository: string }
  | { readonly text: string; readonly mode?: number }

export type ImageDefinition = {
  readonly name: string
  readonly reference: string
  readonly config: ImageConfig
  readonly layers: readonly Layer[]
}

const users: Readonly<Record<string, FileSource>> = {
  'etc/passwd': {
    text: 'root:x:0:0:root:/root:/bin/sh\ncratekube:x:1000:1000::/home/cratekube:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
  },
  'etc/group': { text: 'root:x:0:\ncratekube:x:1000:\nnogroup:x:65534:\n' },
  'etc/nsswitch.conf': { text: 'passwd: files\ngroup: files\nhosts: files dns\n' },
}

const busyboxApplets = (
  'sh ash cat cp ls mkdir rm mv ln touch head tail wc grep sed awk sleep date echo env id stat dd ping ip nc nslookup wget ' +
  'httpd mount umount df du ps kill true false test seq sort uniq cut tr tee find xargs md5sum sha256sum hostname vi'
).split(' ')

export const imageDefinitions: readonly ImageDefinition[] = [
  {
    name: 'pause',
    reference: 'registry.k8s.io/pause:3.10',
    config: { Entrypoint: ['/pause'], User: '65535:65535' },
    layers: [{ kind: 'files', files: { pause: { tool: 'pause' } } }],
  },
  {
    name: 'coredns',
    reference: 'registry.k8s.io/coredns/coredns:v1.14.7',
    config: { Entrypoint: ['/coredns'] },
    layers: [{ kind: 'files', files: { coredns: { tool: 'coredns' } } }],
  },
  {
    name: 'demo-server',
    reference: 'ghcr.io/cratekube/demo-server:0.1.0',
    config: { Entrypoint: ['/demo-server'], User: '65534:65534' },
    layers: [{ kind: 'files', files: { 'demo-server': { tool: 'demo-server' }, ...users } }],
  },
  {
    name: 'busybox',
    reference: 'docker.io/library/busybox:1.36',
    config: { Cmd: ['sh'] },
    layers: [
      {
        kind: 'debian',
        packages: ['busybox', 'base-files', 'libc-bin'],
        // busybox is /bin/busybox, where dash is not installed: its applets are the only commands there.
        symlinks: Object.fromEntries(busyboxApplets.map((name) => [`usr/bin/${name}`, 'busybox'])),
      },
      { kind: 'files', files: users },
    ],
  },
  {
    name: 'autofs',
    reference: 'ghcr.io/cratekube/autofs:0.1.0',
    config: { Entrypoint: ['/usr/local/bin/autofs-agent'], Cmd: ['run'] },
    layers: [
      {
        kind: 'debian',
        packages: [
          'autofs',
          'base-files',
          'coreutils',
          'dash',
          'grep',
          'libc-bin',
          'mawk',
          'mount',
          'sed',
          'util-linux',
        ],
        remove: ['var/run', 'var/lock'],
        symlinks: { 'var/run': '../run', 'var/lock': '../run/lock', 'usr/bin/awk': 'mawk' },
      },
      {
        kind: 'files',
        files: {
          ...users,
          'usr/local/bin/autofs-agent': { repository: 'operator/autofs/autofs-agent' },
          'usr/local/bin/autofs-probe': { repository: 'operator/autofs/autofs-probe' },
          'etc/autofs.conf': { repository: 'operator/autofs/autofs.conf' },
          'usr/local/lib/cratekube/efs-map': { repository: 'operator/autofs/efs-map' },
          'usr/sbin/mount.efs': { repository: 'operator/autofs/mount.efs' },
          // In production nfs-common brings it. This machine's kernel has no NFS client.
          'usr/sbin/mount.nfs4': { tool: 'mount-nfs4' },
        },
      },
    ],
  },
  {
    name: 'locust',
    reference: 'docker.io/locustio/locust:2.47.0',
    config: {
      Entrypoint: ['/usr/bin/locust'],
      User: '1000:1000',
      WorkingDir: '/home/locust',
      Env: [
        'PATH=/usr/local/bin:/usr/bin:/bin',
        'PYTHONPATH=/opt/locust',
        'PYTHONDONTWRITEBYTECODE=1',
        'PYTHONUNBUFFERED=1',
        'HOME=/home/locust',
      ],
    },
    layers: [
      {
        kind: 'debian',
        packages: ['python3', 'libstdc++6', 'base-files', 'dash', 'coreutils'],
        finish: [['/usr/bin/python3', '-m', 'compileall', '-q', '/usr/lib/python3.11']],
      },
      {
        kind: 'files',
        files: {
          ...users,
          'home/locust/.keep': { text: '' },
          'usr/bin/locust': {
            text: '#!/bin/sh\nexec /usr/bin/python3 -m locust "$@"\n',
            mode: 0o755,
          },
        },
      },
      { kind: 'pip', requirement: 'locust==2.47.0', target: 'opt/locust' },
    ],
  },
  {
    name: 'cratekube',
    reference: 'ghcr.io/cratekube/cratekube:0.1.0',
    config: {
      Entrypoint: ['/usr/local/bin/node'],
      User: '65534:65534',
      WorkingDir: '/app',
      Env: ['PATH=/usr/local/bin:/usr/bin:/bin', 'NODE_ENV=production'],
    },
    layers: [
      { kind: 'debian', packages: ['libstdc++6', 'base-files', 'ca-certificates'] },
      { kind: 'files', files: users },
      { kind: 'cratekube' },
    ],
  },
]
