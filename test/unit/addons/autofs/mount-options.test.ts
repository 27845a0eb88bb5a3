import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { mountOptions, optionNames } from '../../../../operator/addons/autofs/mount-options.ts'

test('the guide lists the options that maps may have, and no other', async () => {
  const guide = await readFile(
    new URL('../../../../docs/guides/autofs.md', import.meta.url),
    'utf8',
  )
  for (const [kind, names] of Object.entries(optionNames)) {
    const [, row = ''] = new RegExp(`^\\| ${kind} \\| (.*) \\|$`, 'm').exec(guide) ?? []
    const listed = [...row.matchAll(/`([a-z_]+)`/g)].map(([, name]) => name)
    const own = kind === 'all' ? names : names.filter((name) => !optionNames.all.includes(name))
    expect(new Set(listed), kind).toEqual(new Set(own.filter((name) => name !== 'fstype')))
  }
})

test.each(['', 'ro', '-ro', '-fstype=nfs4,ro,hard', 'ro,fstype=efs', 'fstype=cifs,sec=ntlmsspi'])(
  'takes %s',
  (options) => expect(options).toMatch(mountOptions),
)
