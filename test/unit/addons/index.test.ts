// The list of add-ons, and that the folders beside it hold what it promises.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import type { Addon } from '../../../operator/addons/contract.ts'
import {
  addonConditions,
  addonReasons,
  addons,
  listed,
  settingsOf,
} from '../../../operator/addons/index.ts'
import { minimalSpec, specOf } from '../../support/tenant-cluster.ts'

const root = join(import.meta.dirname, '../../../operator/addons')

test('every folder is in the list, and has a program', async () => {
  const folders = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'program')
    .map(({ name }) => name)
  expect(addons.map(({ folder }) => folder).toSorted()).toEqual(folders.toSorted())
  for (const folder of folders) {
    const program: unknown = await import(join(root, folder, 'program/index.ts'))
    expect(program, folder).toMatchObject({ install: expect.any(Function) })
  }
})

test('settings are those of an add-on that the spec asks for', () => {
  const [autofs, loadTesting] = ['autofs', 'loadTesting'].map((name) => {
    const addon = addons.find((one) => one.name === name)
    if (!addon) throw new Error(name)
    return addon
  })
  if (!autofs || !loadTesting) throw new Error('not listed')
  const maps = [{ name: 'home', source: 'EFS' }]
  const spec = specOf({ ...minimalSpec, autofs: { maps } })
  expect(settingsOf(autofs, spec)).toMatchObject({ maps })
  expect(settingsOf(autofs, specOf())).toBeUndefined()
  expect(settingsOf(loadTesting, spec)).toMatchObject({ enabled: true })
  const off = specOf({ ...minimalSpec, addons: { loadTesting: { enabled: false } } })
  expect(settingsOf(loadTesting, off)).toBeUndefined()
  // As an API server whose CRD is older has it.
  expect(settingsOf(loadTesting, {})).toBeUndefined()
  expect(settingsOf(loadTesting, { addons: {} })).toBeUndefined()
})

const schema = z.object({}).optional()
const other: Addon<typeof schema> = {
  folder: 'other',
  title: 'the other',
  place: 'spec.addons',
  schema,
  isOn: () => true,
  workloads: [],
  condition: {
    type: 'AddonsReady',
    ready: 'the other works',
    off: 'spec.addons.other is not set',
    reason: 'AddonsNotReady',
    summary: 'The other does not work.',
    advice: 'Mend it.',
  },
}

test('what two add-ons share is told once, of both', () => {
  const list = listed({
    a: other,
    b: { ...other, condition: { ...other.condition, summary: 'B.' } },
  })
  expect(list.map(({ field }) => field)).toEqual(['spec.addons.a', 'spec.addons.b'])
  expect(addonConditions(list)).toEqual(['AddonsReady'])
  expect(addonReasons(list)).toEqual({
    AddonsNotReady: { summary: 'The other does not work. B.', advice: 'Mend it. Mend it.' },
  })
})
