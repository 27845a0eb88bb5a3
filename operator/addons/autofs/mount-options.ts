// The mount options that an AutoFS map may have: those of NFS and of CIFS that the AutoFS image can keep and that give
// nobody more than files. Not among them is what names a program, a local file or a device, or holds a password; suid
// and dev are off in every map.

const any = '[A-Za-z0-9_.@+-]+'
const number = '[0-9]{1,9}'

/** Name -> pattern of the value, '' for none. */
type Options = Readonly<Record<string, string>>

const flags = (...names: string[]): Options => Object.fromEntries(names.map((name) => [name, '']))
const numbers = (...names: string[]): Options =>
  Object.fromEntries(names.map((name) => [name, number]))

const common: Options = {
  ...flags('ro', 'rw', 'sync', 'async', 'noatime', 'nodiratime', 'relatime', 'nosuid', 'nodev'),
  ...flags('exec', 'noexec', 'hard', 'soft'),
  ...numbers('rsize', 'wsize', 'actimeo', 'acregmax', 'acdirmax', 'port'),
}

const nfs: Options = {
  ...common,
  fstype: 'nfs|nfs4|efs',
  vers: '3|4|4\\.[012]',
  nfsvers: '3|4|4\\.[012]',
  minorversion: '[012]',
  proto: 'tcp6?',
  mountproto: 'tcp6?',
  mountvers: '3',
  sec: 'sys',
  lookupcache: 'all|none|pos|positive',
  local_lock: 'all|flock|posix|none',
  ...numbers('timeo', 'retrans', 'retry', 'acregmin', 'acdirmin', 'mountport', 'nconnect'),
  ...flags('tcp', 'softerr', 'ac', 'noac', 'cto', 'nocto', 'lock', 'nolock', 'fg', 'acl', 'noacl'),
  ...flags('resvport', 'noresvport', 'sharecache', 'nosharecache', 'rdirplus', 'nordirplus'),
}

const cifs: Options = {
  ...common,
  fstype: 'cifs',
  credentials: '/etc/cratekube/credentials/[A-Za-z0-9_-][A-Za-z0-9._-]*',
  username: any,
  user: any,
  domain: any,
  workgroup: any,
  iocharset: any,
  vers: '1\\.0|2\\.[01]|3|3\\.0|3\\.0\\.2|3\\.1\\.1|default',
  sec: 'none|ntlmv2i?|ntlmsspi?',
  cache: 'none|strict|loose',
  file_mode: '0?[0-7]{3,4}',
  dir_mode: '0?[0-7]{3,4}',
  ...numbers('uid', 'gid', 'bsize', 'echo_interval', 'max_channels'),
  ...flags('guest', 'seal', 'sign', 'forceuid', 'forcegid', 'serverino', 'noserverino', 'nobrl'),
  ...flags('mfsymlinks', 'perm', 'noperm', 'nodfs', 'mapposix', 'mapchars', 'nocase', 'nounix'),
  ...flags('persistenthandles', 'nopersistenthandles', 'multichannel'),
}

/** By the rows of docs/guides/autofs.md. */
export const optionNames = {
  all: Object.keys(common),
  'NFS and EFS': Object.keys(nfs),
  CIFS: Object.keys(cifs),
}

/** Options of one of the two file systems, as automount takes them: `-fstype=nfs4,ro`, with or without the dash. */
export const mountOptions = new RegExp(`^-?(|${listOf(nfs)}|${listOf(cifs)})$`)

function listOf(options: Options): string {
  const one = `(${Object.entries(options).map(optionPattern).join('|')})`
  return `${one}(,${one})*`
}

function optionPattern([name, value]: [string, string]): string {
  return value === '' ? name : `${name}=(${value})`
}
