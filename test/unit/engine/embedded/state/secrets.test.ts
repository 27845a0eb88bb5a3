import { createDecipheriv, pbkdf2Sync } from 'node:crypto'
import { expect, test } from 'vitest'
import {
  openSecrets,
  reopenSecrets,
  reveal,
  seal,
  unseal,
} from '../../../../../operator/engine/embedded/state/secrets.ts'
import { secretOf, secretSignature } from '../../../../../operator/engine/embedded/values/values.ts'
import { signatureKey } from '../../../../../operator/api/schema/grammar.ts'

const value = { a: [1, secretOf({ b: 's' })], plain: null }

test('what was sealed with a passphrase opens with its salt and in no other way', async () => {
  const first = await openSecrets('correct', undefined)
  const sealed = seal(value, first)
  expect(JSON.stringify(sealed)).not.toContain('"s"')
  const second = await openSecrets('correct', first.salt)
  expect(unseal(sealed, second)).toEqual(value)
  await expect(openSecrets('wrong', first.salt)).rejects.toThrow('incorrect passphrase')
})

test('a derived key opens what its passphrase sealed', async () => {
  const first = await openSecrets('correct', undefined)
  const again = reopenSecrets(first.derivedKey())
  expect(again.salt).toBe(first.salt)
  expect(unseal(seal(value, first), again)).toEqual(value)
})

test('writes Pulumi’s own format: PBKDF2-SHA256, a million rounds, AES-256-GCM with the tag at the end', async () => {
  const secrets = await openSecrets('correct', undefined)
  const [version, salt = '', ...check] = secrets.salt.split(':')
  const key = pbkdf2Sync('correct', Buffer.from(salt, 'base64'), 1_000_000, 32, 'sha256')
  const open = (text: string[]) => {
    const [, nonce = '', body = ''] = text
    const bytes = Buffer.from(body, 'base64')
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'))
    decipher.setAuthTag(bytes.subarray(-16))
    return decipher.update(bytes.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8')
  }
  expect([version, Buffer.from(salt, 'base64').length, open(check)]).toEqual(['v1', 8, 'pulumi'])
  expect(open(secrets.encrypt('"text"').split(':'))).toBe('"text"')
})

test('the same secret keeps its ciphertext, so that a checkpoint changes only where the state did', async () => {
  const secrets = await openSecrets('correct', undefined)
  expect(seal(value, secrets)).toEqual(seal(structuredClone(value), secrets))
})

test('an exported secret comes back without a key', () => {
  expect(reveal(secretOf(1))).toEqual({ [signatureKey]: secretSignature, plaintext: '1' })
  expect(unseal(reveal(value), undefined)).toEqual(value)
})
