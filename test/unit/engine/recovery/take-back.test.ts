import { expect, test } from 'vitest'
import { unknownValue } from '../../../../operator/engine/embedded/values/values.ts'
import { swap, wantedAgain } from '../../../../operator/engine/recovery/take-back.ts'

const record = (name: string, more: object = {}) => ({
  urn: 'pool',
  type: 'pool',
  id: name,
  inputs: { name, size: 1, template: `${name}-template` },
  ...more,
})
const back = record('old')
const old = { ...back, delete: true }
const older = record('older', { delete: true })
const current = record('new')
const other = { urn: 'other', type: 'other' }
const wants = (inputs: object, keys = ['name', 'template']) =>
  new Map([['pool', { inputs: { size: 1, template: unknownValue, ...inputs }, keys }]])

test('what is wanted is the condemned one of that name, whatever may change in place', () => {
  const all = [current, other, older, old]
  expect(wantedAgain(all, wants({ name: 'old' }))).toEqual([old])
  expect(wantedAgain(all, wants({ name: 'older', size: 7 }))).toEqual([older])
})

test('nothing is taken back that is not wanted by a name of its own', () => {
  const all = [current, old, other]
  expect(wantedAgain(all, wants({ name: 'third' }))).toEqual([])
  // Broken, or anything else that no input tells.
  expect(wantedAgain(all, wants({ name: 'new' }, ['status']))).toEqual([])
  expect(wantedAgain(all, wants({ name: unknownValue }))).toEqual([])
  expect(wantedAgain(all, new Map())).toEqual([])
  expect(wantedAgain([old, other], wants({ name: 'old' }))).toEqual([])
})

test('two that trade places leave every order as it is', () => {
  expect(swap([current, other, old, older], [old])).toEqual([
    back,
    other,
    { ...current, delete: true },
    older,
  ])
})

test('one that is gone and waited to be made again just leaves', () => {
  const gone = record('new', { pendingReplacement: true })
  expect(swap([old, gone, other], [old])).toEqual([back, other])
})

test('a secret that tells is compared in the clear', () => {
  const sealed = { '4dabf18193072939515e22adb298388d': 'x', plaintext: '"old"' }
  const condemned = record('old', { delete: true, inputs: { name: sealed } })
  expect(wantedAgain([current, condemned], wants({ name: 'old' }))).toEqual([condemned])
})
