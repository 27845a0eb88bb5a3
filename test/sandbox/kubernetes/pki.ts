// The certificates of one Kubernetes cluster: an EC P-256 authority that issues leaf certificates, and the
// service-account key pair. Written with node:crypto alone.
import {
  createPrivateKey,
  generateKeyPairSync,
  hash,
  randomBytes,
  sign,
  X509Certificate,
  type KeyObject,
} from 'node:crypto'
import {
  bitString,
  boolean,
  integer,
  objectId,
  octetString,
  sequence,
  set,
  tagged,
  taggedBytes,
  time,
  utf8String,
} from '../../../operator/framework/webhook/der.ts'

export type KeyAndCertificate = { readonly key: string; readonly cert: string } // PEM

export type Leaf = {
  readonly commonName: string
  readonly organization?: string
  /** DNS names and IPv4 addresses; their presence makes it a serving certificate, otherwise it is a client's. */
  readonly serves?: readonly string[]
}

export type Authority = KeyAndCertificate & { issue(leaf: Leaf): KeyAndCertificate }

const oid = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
} as const

export function createAuthority(name: string): Authority {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const subject = nameOf({ commonName: name })
  const cert = certificate({
    subject,
    issuer: subject,
    publicKey: keys.publicKey,
    signingKey: keys.privateKey,
    extensions: [
      extension(oid.basicConstraints, sequence(boolean(true)), true),
      // digitalSignature, keyCertSign, cRLSign
      extension(oid.keyUsage, bitString(Buffer.of(0b1000_0110), 1), true),
      extension(oid.subjectKeyIdentifier, octetString(keyId(keys.publicKey))),
    ],
  })
  return authorityOf({ key: pkcs8(keys.privateKey), cert })
}

/** The authority whose key and certificate were kept on disk. */
export function authorityOf(ca: KeyAndCertificate): Authority {
  const signingKey = createPrivateKey(ca.key)
  const parsed = new X509Certificate(ca.cert)
  const issuer = nameOf({ commonName: parsed.subject.replace(/^CN=/, '') })
  const authorityId = keyId(parsed.publicKey)
  const issue = (leaf: Leaf): KeyAndCertificate => {
    const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const cert = certificate({
      subject: nameOf(leaf),
      issuer,
      publicKey: keys.publicKey,
      signingKey,
      extensions: leafExtensions(leaf, authorityId),
    })
    return { key: pkcs8(keys.privateKey), cert }
  }
  return { ...ca, issue }
}

export function createServiceAccountKeys(): {
  readonly privateKey: string
  readonly publicKey: string
} {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'sec1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
}

type CertificateParts = {
  readonly subject: Buffer
  readonly issuer: Buffer
  readonly publicKey: KeyObject
  readonly signingKey: KeyObject
  readonly extensions: readonly Buffer[]
}

/** RFC 5280 section 4.1. Valid for a year, from five minutes ago for machines whose clocks differ. */
function certificate(parts: CertificateParts): string {
  const signatureAlgorithm = sequence(objectId(oid.ecdsaWithSha256))
  const now = Date.now()
  const body = sequence(
    tagged(0, integer(Buffer.of(2))), // version 3
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    signatureAlgorithm,
    parts.issuer,
    sequence(time(new Date(now - 5 * 60_000)), time(new Date(now + 365 * 24 * 3600_000))),
    parts.subject,
    parts.publicKey.export({ type: 'spki', format: 'der' }),
    tagged(3, sequence(...parts.extensions)),
  )
  const signature = sign('sha256', body, parts.signingKey)
  const der = sequence(body, signatureAlgorithm, bitString(signature))
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

function leafExtensions(leaf: Leaf, authorityId: Buffer): Buffer[] {
  const serves = leaf.serves ?? []
  const purpose = serves.length > 0 ? oid.serverAuth : oid.clientAuth
  const names = serves.map((name) =>
    /^[0-9.]+$/.test(name)
      ? taggedBytes(7, Buffer.from(name.split('.').map(Number)))
      : taggedBytes(2, Buffer.from(name)),
  )
  return [
    extension(oid.basicConstraints, sequence(), true),
    extension(oid.keyUsage, bitString(Buffer.of(0b1000_0000), 7), true), // digitalSignature
    extension(oid.extendedKeyUsage, sequence(objectId(purpose))),
    extension(oid.authorityKeyIdentifier, sequence(taggedBytes(0, authorityId))),
    ...(names.length > 0 ? [extension(oid.subjectAltName, sequence(...names))] : []),
  ]
}

function extension(id: string, value: Buffer, critical = false): Buffer {
  return sequence(objectId(id), ...(critical ? [boolean(true)] : []), octetString(value))
}

function nameOf(leaf: Pick<Leaf, 'commonName' | 'organization'>): Buffer {
  const part = (id: string, text: string): Buffer => set(sequence(objectId(id), utf8String(text)))
  return sequence(
    ...(leaf.organization === undefined ? [] : [part(oid.organization, leaf.organization)]),
    part(oid.commonName, leaf.commonName),
  )
}

function keyId(key: KeyObject): Buffer {
  return hash('sha1', key.export({ type: 'spki', format: 'der' }), 'buffer')
}

function pkcs8(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}
