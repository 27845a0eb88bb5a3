// What cannot stand in spec.autofs, and two maps that can.
import type { Refusal } from './refusal.ts'

export const efs = { maps: [{ name: 'shared', source: 'EFS' }] }
export const nfs = (key: string) => ({
  maps: [{ name: 'builds', entries: [{ key, location: 'filer:/export' }] }],
})

export const refusedAutofs: Refusal[] = [
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
