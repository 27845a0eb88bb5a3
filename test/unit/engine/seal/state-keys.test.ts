import { expect, test } from 'vitest'
import { stateKeys } from '../../../../operator/engine/seal/state-keys.ts'

const keys = stateKeys({ passphrase: 'correct horse' })

test('both stacks of a tenant have one passphrase, and no other tenant has it', () => {
  const own = keys.passphraseOf('team-a.payments')
  expect(keys.passphraseOf('team-a.payments.addons')).toBe(own)
  const others = ['team-a.payment', 'team-b.payments', 'team-a.addons'].map((stack) =>
    keys.passphraseOf(stack),
  )
  expect(new Set([own, ...others]).size).toBe(4)
  expect(own).toMatch(/^[\w-]{43}$/)
})

test('a passphrase says nothing of the master, and is the same in every worker', () => {
  const again = stateKeys({ passphrase: 'correct horse\n' })
  expect(again.passphraseOf('team-a.payments')).toBe(keys.passphraseOf('team-a.payments'))
  const other = stateKeys({ passphrase: 'correct horse2' })
  expect(other.passphraseOf('team-a.payments')).not.toBe(keys.passphraseOf('team-a.payments'))
  expect(keys.passphraseOf('team-a.payments')).not.toContain('horse')
})

test('a stack of an earlier release opens by the master as its variable had it', () => {
  expect(stateKeys({ passphrase: 'old\n' }).olderPassphrasesOf('a.b')).toEqual(['old\n', 'old'])
})

test('a stack of before the rotation opens by the passphrase that the previous master made, or by that master', () => {
  const rotated = stateKeys({ passphrase: 'new', previous: 'correct horse' })
  const older = rotated.olderPassphrasesOf('team-a.payments.addons')
  expect(older).toEqual(['new', keys.passphraseOf('team-a.payments'), 'correct horse'])
})
