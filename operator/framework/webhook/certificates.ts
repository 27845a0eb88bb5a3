// An authority and the serving certificates that it issues, EC P-256, RFC 5280. Written with node:crypto
// alone: every library for it costs more memory than the rest of the webhook server.
import {
  createPrivateKey,
  generateKeyPairSync,
  hash,
  randomBytes,
  sign,
  X509Certificate,
  type KeyObject,
} from 'node:crypto'
import * as der from './der.ts'

/** PEM. */
export type KeyPair = { readonly key: string; readonly cert: string }
export type Validity = { notBefore: Date; notAfter: Date }

export const oid = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
}

export function createAuthority(commonName: string, validity: Validity): KeyPair {
  const { publicKey, privateKey } = newKey()
  const name = distinguishedName([oid.commonName, commonName.slice(0, 64)])
  const cert = certificate({
    subject: name,
    issuer: name,
    publicKey,
    signingKey: privateKey,
    validity,
    extensions: [
      extension(oid.basicConstraints, der.sequence(der.boolean(true)), true),
      extension(oid.keyUsage, der.bitString(Buffer.of(0b1000_0110), 1), true), // sign certificates
      extension(oid.subjectKeyIdentifier, der.octetString(keyId(publicKey))),
    ],
  })
  return { key: pkcs8(privateKey), cert }
}

/** A certificate for DNS names. */
export const issueServing = (authority: KeyPair, names: string[], validity: Validity): KeyPair =>
  issue(authority, {
    subject: distinguishedName([oid.commonName, (names[0] ?? '').slice(0, 64)]),
    purpose: oid.serverAuth,
    altNames: names.map((name) => der.taggedBytes(2, Buffer.from(name))),
    validity,
  })

export type Leaf = {
  subject: Buffer
  /** An object identifier. */
  purpose: string
  altNames: readonly Buffer[]
  validity: Validity
}

export function issue(authority: KeyPair, leaf: Leaf): KeyPair {
  const { publicKey, privateKey } = newKey()
  const { subject, purpose, altNames, validity } = leaf
  const issuer = new X509Certificate(authority.cert)
  const authorityId = der.taggedBytes(0, keyId(issuer.publicKey))
  const cert = certificate({
    subject,
    issuer: distinguishedName([oid.commonName, issuer.subject.replace(/^CN=/, '')]),
    publicKey,
    signingKey: createPrivateKey(authority.key),
    validity,
    extensions: [
      extension(oid.basicConstraints, der.sequence(), true),
      extension(oid.keyUsage, der.bitString(Buffer.of(0b1000_0000), 7), true), // digital signature
      extension(oid.extendedKeyUsage, der.sequence(der.objectId(purpose))),
      extension(oid.authorityKeyIdentifier, der.sequence(authorityId)),
      ...(altNames.length > 0 ? [extension(oid.subjectAltName, der.sequence(...altNames))] : []),
    ],
  })
  return { key: pkcs8(privateKey), cert }
}

/** A distinguished name of attributes and their values. */
export const distinguishedName = (...parts: (readonly [id: string, text: string])[]): Buffer =>
  der.sequence(
    ...parts.map(([id, text]) => der.set(der.sequence(der.objectId(id), der.utf8String(text)))),
  )

type Parts = {
  subject: Buffer
  issuer: Buffer
  publicKey: KeyObject
  signingKey: KeyObject
  validity: Validity
  extensions: Buffer[]
}

function certificate(parts: Parts): string {
  const algorithm = der.sequence(der.objectId(oid.ecdsaWithSha256))
  const { notBefore, notAfter } = parts.validity
  const body = der.sequence(
    der.tagged(0, der.integer(Buffer.of(2))), // version 3
    der.integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    algorithm,
    parts.issuer,
    der.sequence(der.time(notBefore), der.time(notAfter)),
    parts.subject,
    parts.publicKey.export({ type: 'spki', format: 'der' }),
    der.tagged(3, der.sequence(...parts.extensions)),
  )
  const signature = sign('sha256', body, parts.signingKey)
  const whole = der.sequence(body, algorithm, der.bitString(signature))
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })

const pkcs8 = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString()

const keyId = (key: KeyObject): Buffer =>
  hash('sha1', key.export({ type: 'spki', format: 'der' }), 'buffer')

const extension = (id: string, value: Buffer, critical = false): Buffer =>
  der.sequence(der.objectId(id), ...(critical ? [der.boolean(true)] : []), der.octetString(value))
