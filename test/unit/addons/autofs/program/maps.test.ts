import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { load } from 'js-yaml'
import { autofsSchema } from '../../../../../operator/addons/autofs/schema.ts'
import { mapFiles, probeKeys } from '../../../../../operator/addons/autofs/program/maps.ts'

const allFiles = (maps: object[], id = 'fs-0123') =>
  mapFiles(autofsSchema.parse({ maps }).maps, { server: `${id}.efs.eu-west-1.amazonaws.com` })
const files = (maps: object[]) => {
  const { revision, ...rest } = allFiles(maps)
  expect(revision).toMatch(/^[0-9a-f]{12}$/)
  return rest
}

test('gives every EFS map a directory of the file system, and any key below it', () => {
  const maps = [
    { name: 'home', source: 'EFS' },
    { name: 'data', source: 'EFS', timeoutSeconds: 60 },
  ]
  expect(files(maps)).toEqual({
    master:
      '@ROOT@/home program:@MAPS@/efs.home --timeout=300\n@ROOT@/data program:@MAPS@/efs.data --timeout=60\n',
    'efs.home': 'fs-0123.efs.eu-west-1.amazonaws.com:/home',
    'efs.data': 'fs-0123.efs.eu-west-1.amazonaws.com:/data',
  })
})

test('writes entries as automount reads them', () => {
  const entries = [
    { key: 'builds', options: 'fstype=nfs4,ro', location: 'filer.example.com:/export/builds' },
    { key: 'scratch', options: '-ro', location: 'filer:/scratch' },
    { key: 'plain', location: 'filer:/plain' },
  ]
  expect(files([{ name: 'filer', entries }])).toEqual({
    master: '@ROOT@/filer file:@MAPS@/auto.filer --timeout=300 --ghost\n',
    'auto.filer':
      'builds -fstype=nfs4,ro,nosuid,nodev filer.example.com:/export/builds\nscratch -ro,nosuid,nodev filer:/scratch\nplain -nosuid,nodev filer:/plain\n',
  })
})

test('mounts keys of several directories as offsets of their first', () => {
  const entries = [
    { key: 'team/b', options: 'ro', location: 'filer:/b' },
    { key: 'team/a/deep', location: 'filer:/a' },
    { key: 'team', location: 'filer:/team' },
    { key: 'alone/below', location: 'filer:/below' },
  ]
  expect(files([{ name: 'filer', entries }])['auto.filer']).toBe(
    'team / -nosuid,nodev filer:/team /a/deep -nosuid,nodev filer:/a /b -ro,nosuid,nodev filer:/b\nalone /below -nosuid,nodev filer:/below\n',
  )
})

test('takes no map for the master map, whatever its name', () => {
  const entries = [{ key: 'a', location: 'filer:/a' }]
  expect(files([{ name: 'master', entries }])).toEqual({
    master: '@ROOT@/master file:@MAPS@/auto.master --timeout=300 --ghost\n',
    'auto.master': 'a -nosuid,nodev filer:/a\n',
  })
})

test('has a revision that changes with anything in the maps, and with nothing else', () => {
  const maps = [{ name: 'home', source: 'EFS' }]
  const revision = (...args: Parameters<typeof allFiles>) => allFiles(...args)['revision']
  expect(revision(maps)).toBe(revision(structuredClone(maps)))
  expect(revision([{ ...maps[0], timeoutSeconds: 60 }])).not.toBe(revision(maps))
  expect(revision(maps, 'fs-4567')).not.toBe(revision(maps))
})

test('takes the maps of the example, with a file in place of the password', async () => {
  const path = new URL('../../../../../examples/autofs/tenant-cluster.yaml', import.meta.url)
  const { spec } = load(await readFile(path, 'utf8')) as { spec: { autofs: { maps: object[] } } }
  expect(files(spec.autofs.maps)['auto.office']).toBe(
    'plans -fstype=cifs,vers=3.1.1,credentials=/etc/cratekube/credentials/office,nosuid,nodev ://files.example.com/plans\n',
  )
})

test('names one key of every map for the probe', () => {
  const entries = ['tools/v1', 'a'].map((key) => ({ key, location: 'filer:/x' }))
  const { maps } = autofsSchema.parse({
    maps: [
      { name: 'home', source: 'EFS' },
      { name: 'filer', entries },
    ],
  })
  expect(probeKeys(maps)).toEqual(['home/.cratekube-probe', 'filer/tools/v1'])
})

test('refuses an EFS map while there is no file system', () => {
  const { maps } = autofsSchema.parse({ maps: [{ name: 'home', source: 'EFS' }] })
  expect(() => mapFiles(maps, undefined)).toThrow('map home: the cloud stack has no file system')
})
