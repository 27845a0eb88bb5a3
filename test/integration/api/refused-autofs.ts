// What cannot stand in spec.autofs, and two maps that can.
import type { Refusal } from './refusal.ts'

export const efs = { maps: [{ name: 'shared', source: 'EFS' }] }
export const nfs = (key: string) => ({
  maps: [{ name: 'builds', entries: [{ key, location: 'filer:/export' }] }],
})

const entry = (fields: object) => [
  { name: 'x', entries: [{ key: 'k', location: 'filer:/export', ...fields }] },
]
const options = 'spec.autofs.maps[].entries[].options: expected'
const location = 'spec.autofs.maps[].entries[].location: expected'
const at = 'spec.autofs.maps[0].entries[0]'

const refusedOptions: Refusal[] = [
  ...['bind', 'autofs', 'ext4', 'fuse.sshfs', 'NFS'].map((type): Refusal => [
    `fstype=${type}`,
    'autofs.maps',
    entry({ options: `ro,fstype=${type}` }),
    `${options} fstype nfs, nfs4, cifs or efs`,
  ]),
  ...['PASSWORD=x', 'pass=x', 'PassWd=x', 'ro,password2=x', 'passphrase=x', 'pass'].map(
    (option): Refusal => [
      `the option ${option}`,
      'autofs.maps',
      entry({ options: option }),
      `${options} no password`,
    ],
  ),
  ...['suid', '-dev', 'ro,suid', 'fstype=nfs,defaults'].map((option): Refusal => [
    `the option ${option}`,
    'autofs.maps',
    entry({ options: option }),
    `${options} none of suid, dev and defaults`,
  ]),
  ...[
    'bind',
    'remount',
    'loop',
    'helper=x',
    'context=x',
    'x-mount.mkdir',
    'ro,,rw',
    'ro,',
    'timeo=soon',
    'sec=krb5',
    'fstype=nfsd',
    'fstype=nfs,seal',
    'fstype=nfs,fstype=cifs',
    'vers=9',
  ].map((option): Refusal => [
    `the option ${option}`,
    'autofs.maps',
    entry({ options: option }),
    `${at}.options: Invalid value`,
  ]),
  ...['/etc/shadow', '/etc/cratekube/credentials/../../shadow'].map((file): Refusal => [
    `credentials in ${file}`,
    'autofs.maps',
    entry({ options: `fstype=cifs,credentials=${file}`, location: '://filer/share' }),
    `${at}.options: Invalid value`,
  ]),
]

const refusedLocations: Refusal[] = [
  ...[':/proc/1/root', ':/dev/nvme0n1p1', '/srv', 'filer', 'filer:export', '://'].map(
    (place): Refusal => [
      `the location ${place}`,
      'autofs.maps',
      entry({ location: place }),
      /spec\.autofs\.maps(\[0\]\.entries\[0\]\.location: Invalid value|\[\]\.entries\[\]\.location: expected)/,
    ],
  ),
  ...['program', 'exec', 'file', 'yp'].map((type): Refusal => [
    `the location ${type}:/auto/home/x/evil`,
    'autofs.maps',
    entry({ location: `${type}:/auto/home/x/evil` }),
    `${location} a host, not a type of map`,
  ]),
  ...['///share', '://-h/share', '://filer/', '://filer', '-h:/x', 'a b:/x', '$HOST:/x'].map(
    (place): Refusal => [
      `the location ${place}`,
      'autofs.maps',
      entry({ location: place, options: place.startsWith('://') ? 'fstype=cifs' : '' }),
      `${at}.location: Invalid value`,
    ],
  ),
  [
    'a share by NFS',
    'autofs.maps',
    entry({ location: '://filer/share', options: 'fstype=nfs' }),
    'spec.autofs.maps[].entries[]: expected a location of the form ://<host>/<share> with fstype=cifs',
  ],
  [
    'an export by CIFS',
    'autofs.maps',
    entry({ options: 'fstype=cifs' }),
    'spec.autofs.maps[].entries[]: expected a location of the form ://<host>/<share> with fstype=cifs',
  ],
]

const long = (length: number) => ({
  maps: Array.from({ length: 4 }, (_, m) => ({
    name: `m${m}`,
    entries: Array.from({ length: 100 }, (_, e) => ({
      key: `k${e}`.padEnd(10, 'x'),
      location: 'h:/'.padEnd(length, 'x'),
    })),
  })),
})
/** Just as long as the text of all maps may be. */
export const longestMaps = long(645)

export const refusedAutofs: Refusal[] = [
  ...refusedOptions,
  ...refusedLocations,
  [
    'more text of maps than one ConfigMap should hold',
    'autofs',
    long(646),
    'spec.autofs.maps: expected keys, options and locations of at most 262144 characters in all',
  ],
  ...['-a', 'a/-b', '.a', 'a/.b', 'a/', 'a b'].map((key): Refusal => [
    `the map key ${key}`,
    'autofs',
    nfs(key),
    `${at}.key: Invalid value`,
  ]),
  [
    'a map key with ..',
    'autofs',
    nfs('a..b'),
    "spec.autofs.maps[].entries[].key: expected a relative path without '..'",
  ],
  [
    'a password among the mount options',
    'autofs.maps',
    [
      {
        name: 'x',
        entries: [{ ...nfs('k').maps[0]?.entries[0], options: 'fstype=cifs,password=x' }],
      },
    ],
    'spec.autofs.maps[].entries[].options: expected no password; use credentials=',
  ],
  [
    'a map key that climbs',
    'autofs',
    nfs('../etc'),
    'spec.autofs.maps[0].entries[0].key: Invalid value',
  ],
  [
    'an absolute map key',
    'autofs',
    nfs('/etc'),
    'spec.autofs.maps[0].entries[0].key: Invalid value',
  ],
  [
    'a map of two sources',
    'autofs.maps',
    [{ name: 'x', source: 'EFS', ...nfs('k').maps[0] }],
    'spec.autofs.maps[]: expected exactly one of source and entries',
  ],
  [
    'a map of no source',
    'autofs.maps',
    [{ name: 'x' }],
    'spec.autofs.maps[]: expected exactly one of source and entries',
  ],
  [
    'an unknown map source',
    'autofs.maps',
    [{ name: 'x', source: 'S3' }],
    'spec.autofs.maps[0].source: Unsupported value',
  ],
  [
    'two maps of one name',
    'autofs.maps',
    [...efs.maps, ...efs.maps],
    'spec.autofs.maps[1]: Duplicate value',
  ],
  [
    'two entries of one key',
    'autofs.maps',
    [
      {
        name: 'x',
        entries: [...(nfs('k').maps[0]?.entries ?? []), ...(nfs('k').maps[0]?.entries ?? [])],
      },
    ],
    'spec.autofs.maps[0].entries[1]: Duplicate value',
  ],
  ['a mount root of /', 'autofs', { root: '/', ...efs }, 'spec.autofs.root: Invalid value'],
  [
    'a mount root of /etc',
    'autofs',
    { root: '/etc', ...efs },
    'spec.autofs.root: expected a directory of its own',
  ],
  [
    'a mount root below /var',
    'autofs',
    { root: '/var/auto', ...efs },
    'spec.autofs.root: expected a directory of its own',
  ],
  [
    'a mount root that climbs',
    'autofs',
    { root: '/auto/../etc', ...efs },
    'spec.autofs.root: Invalid value',
  ],
  ['a relative mount root', 'autofs', { root: 'auto', ...efs }, 'spec.autofs.root: Invalid value'],
  [
    'a shell in mount options',
    'autofs.maps',
    [{ name: 'x', entries: [{ key: 'k', location: 'f:/x', options: '$(id)' }] }],
    'spec.autofs.maps[0].entries[0].options: Invalid value',
  ],
]
