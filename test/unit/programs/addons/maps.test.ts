import { expect, test } from 'vitest'
import { autofsSchema } from '../../../../operator/api/autofs.ts'
import { mapFiles } from '../../../../programs/addons/maps.ts'

const files = (maps: object[]) =>
  mapFiles(autofsSchema.parse({ maps }).maps, { id: 'fs-0123', region: 'eu-west-1' })

test('gives every EFS map a directory of the file system, and any key below it', () => {
  const maps = [
    { name: 'home', source: 'EFS' },
    { name: 'data', source: 'EFS', timeoutSeconds: 60 },
  ]
  expect(files(maps)).toEqual({
    'auto.master':
      '@ROOT@/home program:@MAPS@/efs.home --timeout=300\n@ROOT@/data program:@MAPS@/efs.data --timeout=60\n',
    'efs.home': 'fs-0123.efs.eu-west-1.amazonaws.com:/home',
    'efs.data': 'fs-0123.efs.eu-west-1.amazonaws.com:/data',
  })
})

test('writes entries as automount reads them', () => {
  const entries = [
    { key: 'builds', options: 'fstype=nfs4,ro', location: 'filer.example.com:/export/builds' },
    { key: 'scratch', options: '-fstype=bind', location: ':/srv/scratch' },
    { key: 'plain', location: 'filer:/plain' },
  ]
  expect(files([{ name: 'filer', entries }])).toEqual({
    'auto.master': '@ROOT@/filer file:@MAPS@/auto.filer --timeout=300 --ghost\n',
    'auto.filer':
      'builds -fstype=nfs4,ro filer.example.com:/export/builds\nscratch -fstype=bind :/srv/scratch\nplain filer:/plain\n',
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
    'team / filer:/team /a/deep filer:/a /b -ro filer:/b\nalone /below filer:/below\n',
  )
})

test('refuses an EFS map while there is no file system', () => {
  const { maps } = autofsSchema.parse({ maps: [{ name: 'home', source: 'EFS' }] })
  expect(() => mapFiles(maps, undefined)).toThrow('map home: the cloud stack has no file system')
})
