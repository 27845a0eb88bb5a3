// Pulumi's passphrase secrets: PBKDF2-HMAC-SHA256, AES-256-GCM, and its text forms, so that the official CLI opens what
// is written here and the other way round.
import { createCipheriv, createDecipheriv, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import type { Props } from '../values/props.ts'
import { isObject, isSecret, mapProps, secretOf, secretSignature } from '../values/values.ts'
import { signatureKey } from '../../../api/schema/grammar.ts'

const iterations = 1_000_000
const keyBytes = 32
const saltBytes = 8
const nonceBytes = 12
const tagBytes = 16
const derive = promisify(pbkdf2)

/** What a passphrase and a salt make, at the price of about 0.1 s; as secret as the passphrase. */
export type DerivedKey = {
  /** As in Secrets. */
  salt: string
  /** base64 */
  key: string
}

export interface Secrets {
  /** `v1:SALT:v1:NONCE:CHECK`, as it stands in the state and in Pulumi.<stack>.yaml. */
  readonly salt: string
  encrypt(text: string): string
  decrypt(ciphertext: string): string
  derivedKey(): DerivedKey
}

export class WrongPassphrase extends Error {
  override readonly name = 'WrongPassphrase'
}

/** Opens the secrets of a stack, or starts new ones when there is no salt yet. */
export async function openSecrets(passphrase: string, salt?: string): Promise<Secrets> {
  const saltBuffer = salt === undefined ? randomBytes(saltBytes) : parseSalt(salt)
  const key = await derive(passphrase, saltBuffer, iterations, keyBytes, 'sha256')
  if (salt === undefined) {
    const text = `v1:${saltBuffer.toString('base64')}:${encryptWith(key, 'pulumi')}`
    return cachedSecrets(key, text)
  }
  const check = salt.split(':').slice(2).join(':')
  try {
    decryptWith(key, check)
  } catch (cause) {
    throw new WrongPassphrase('incorrect passphrase', { cause })
  }
  return cachedSecrets(key, salt)
}

/** Opens them again without the derivation. */
export const reopenSecrets = ({ salt, key }: DerivedKey): Secrets =>
  cachedSecrets(Buffer.from(key, 'base64'), salt)

function parseSalt(salt: string): Buffer {
  const [version, text] = salt.split(':')
  if (version !== 'v1' || text === undefined) throw new Error('malformed encryption salt')
  return Buffer.from(text, 'base64')
}

/** The same text keeps its ciphertext for the life of the process: a checkpoint changes only where the state did. */
function cachedSecrets(key: Buffer, salt: string): Secrets {
  const ciphertexts = new Map<string, string>()
  return {
    salt,
    derivedKey: () => ({ salt, key: key.toString('base64') }),
    encrypt(text) {
      const known = ciphertexts.get(text)
      if (known !== undefined) return known
      const ciphertext = encryptWith(key, text)
      ciphertexts.set(text, ciphertext)
      return ciphertext
    },
    decrypt(ciphertext) {
      const text = decryptWith(key, ciphertext)
      ciphertexts.set(text, ciphertext)
      return text
    },
  }
}

function encryptWith(key: Buffer, text: string): string {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
  return `v1:${nonce.toString('base64')}:${sealed.toString('base64')}`
}

function decryptWith(key: Buffer, ciphertext: string): string {
  const [version, nonce, body] = ciphertext.split(':')
  if (version !== 'v1' || nonce === undefined || body === undefined) {
    throw new Error('malformed ciphertext')
  }
  const sealed = Buffer.from(body, 'base64')
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64'))
  decipher.setAuthTag(sealed.subarray(-tagBytes))
  return decipher.update(sealed.subarray(0, -tagBytes), undefined, 'utf8') + decipher.final('utf8')
}

/** A value as the state file holds it: every secret encrypted. */
export function seal(value: unknown, secrets: Secrets): unknown {
  if (isSecret(value)) {
    const ciphertext = secrets.encrypt(JSON.stringify(value.value ?? null))
    return { [signatureKey]: secretSignature, ciphertext }
  }
  if (Array.isArray(value)) return value.map((item) => seal(item, secrets))
  return isObject(value) ? mapProps(value, (item) => seal(item, secrets)) : value
}

/** The inverse of `seal`; also takes the `plaintext` form of `stack export --show-secrets`. */
export function unseal(value: unknown, secrets: Secrets | undefined): unknown {
  if (Array.isArray(value)) return value.map((item) => unseal(item, secrets))
  if (!isObject(value)) return value
  if (!isSecret(value)) return mapProps(value, (item) => unseal(item, secrets))
  const marked: Props = value
  if (typeof marked['plaintext'] === 'string') return secretOf(JSON.parse(marked['plaintext']))
  if (typeof marked['ciphertext'] !== 'string') return value
  if (!secrets) throw new Error('the state holds secrets but names no passphrase provider')
  return secretOf(JSON.parse(secrets.decrypt(marked['ciphertext'])))
}

/** A value as `stack export --show-secrets` shows it. */
export function reveal(value: unknown): unknown {
  if (isSecret(value)) {
    return { [signatureKey]: secretSignature, plaintext: JSON.stringify(value.value ?? null) }
  }
  if (Array.isArray(value)) return value.map(reveal)
  return isObject(value) ? mapProps(value, reveal) : value
}
