// The certificates of one Kubernetes cluster: an authority that issues leaf certificates, and the service-account key pair.
import { generateKeyPairSync } from 'node:crypto'
import {
  createAuthority as newAuthority,
  issue,
  distinguishedName,
  oid,
  type KeyPair,
  type Validity,
} from '../../../operator/framework/webhook/certificates.ts'
import { taggedBytes } from '../../../operator/framework/webhook/der.ts'

export type Leaf = {
  readonly commonName: string
  readonly organization?: string
  /** DNS names and IPv4 addresses; their presence makes it a serving certificate, otherwise it is a client's. */
  readonly serves?: readonly string[]
}

export type Authority = KeyPair & { issue(leaf: Leaf): KeyPair }

const organizationName = '2.5.4.10'
const clientAuth = '1.3.6.1.5.5.7.3.2'

export const createAuthority = (name: string): Authority => authorityOf(newAuthority(name, aYear()))

/** The authority whose key and certificate were kept on disk. */
export const authorityOf = (ca: KeyPair): Authority => ({
  ...ca,
  issue: ({ commonName, organization, serves = [] }) =>
    issue(ca, {
      subject: distinguishedName(
        ...(organization === undefined ? [] : [[organizationName, organization] as const]),
        [oid.commonName, commonName],
      ),
      purpose: serves.length > 0 ? oid.serverAuth : clientAuth,
      altNames: serves.map(altName),
      validity: aYear(),
    }),
})

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

/** From five minutes ago, for machines whose clocks differ. */
function aYear(): Validity {
  const now = Date.now()
  return {
    notBefore: new Date(now - 5 * 60_000),
    notAfter: new Date(now + 365 * 24 * 3600_000),
  }
}

const altName = (name: string): Buffer =>
  /^[0-9.]+$/.test(name)
    ? taggedBytes(7, Buffer.from(name.split('.').map(Number)))
    : taggedBytes(2, Buffer.from(name))
