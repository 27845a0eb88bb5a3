// The certificates of a webhook in one Secret that all replicas share: made by the first that comes, renewed
// in time by any of them. Nothing breaks on renewal: what is trusted overlaps what is served.
import { X509Certificate } from 'node:crypto'
import type { Clock } from '../clock.ts'
import { isConflict } from '../kube/errors.ts'
import { core } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import { secretText } from '../kube/objects.ts'
import { createAuthority, issueServing, type KeyPair } from './certificates.ts'

export type Keyring = {
  serving: KeyPair
  /** PEM of every authority that a replica may still be serving under. */
  bundle: string
}

export type KeyringOptions = {
  kube: Kube
  clock: Clock
  namespace: string
  secretName: string
  serviceName: string
}

type Held = { ca: KeyPair; bundle: string; serving: KeyPair }

const dayMs = 24 * 3_600_000
const authorityDays = 730
const servingDays = 90
/** For clocks that differ. */
const backdateMs = 10 * 60_000

/** Reads the Secret, makes or renews what is due, and returns what is to be served and trusted. */
export async function currentKeyring(o: KeyringOptions): Promise<Keyring> {
  for (;;) {
    const secret = await o.kube.get(core.secret, o.secretName, o.namespace)
    const held = readHeld(secret)
    const next = renewed(held, o)
    if (next === held) return { serving: held.serving, bundle: held.bundle }
    try {
      await store(o, secret?.metadata.resourceVersion, next)
    } catch (error) {
      if (!isConflict(error)) throw error // another replica was faster: take its
    }
  }
}

/** Of a Secret that somebody else fills and renews, cert-manager for example. Throws as long as it is not filled. */
export async function givenKeyring(o: KeyringOptions): Promise<Keyring> {
  const secret = await o.kube.get(core.secret, o.secretName, o.namespace)
  const { 'tls.key': key, 'tls.crt': cert, 'ca.crt': bundle } = secretText(secret)
  if (!key || !cert || !bundle)
    throw new Error(
      `Secret ${o.namespace}/${o.secretName}: expected tls.key, tls.crt and ca.crt; nobody has issued them yet`,
    )
  return { serving: { key, cert }, bundle }
}

function renewed(held: Held | undefined, o: KeyringOptions): Held {
  const now = o.clock.now()
  const validity = (days: number) => ({
    notBefore: new Date(now - backdateMs),
    notAfter: new Date(now + days * dayMs),
  })
  const { serviceName: service, namespace } = o
  const names = [
    `${service}.${namespace}.svc`,
    `${service}.${namespace}.svc.cluster.local`,
    service,
  ]
  if (held && !isDue(held.ca.cert, now, authorityDays)) {
    if (!isDue(held.serving.cert, now, servingDays) && isFor(held.serving, names)) return held
    return { ...held, serving: issueServing(held.ca, names, validity(servingDays)) }
  }
  const ca = createAuthority(`${service}-ca`, validity(authorityDays))
  const serving = issueServing(ca, names, validity(servingDays))
  const stillValid = held && Date.parse(new X509Certificate(held.ca.cert).validTo) > now
  return { ca, serving, bundle: ca.cert + (stillValid ? held.ca.cert : '') }
}

/** In the last third of its life. */
const isDue = (cert: string, now: number, days: number): boolean =>
  Date.parse(new X509Certificate(cert).validTo) - now < (days * dayMs) / 3

const isFor = ({ cert }: KeyPair, names: string[]): boolean =>
  names.every((name) => new X509Certificate(cert).checkHost(name) !== undefined)

/** undefined when the Secret is not there, was edited into something unusable, or does not fit together. */
function readHeld(secret: { data?: Record<string, string> } | undefined): Held | undefined {
  const held = secretText(secret)
  const read = (field: string) => held[field] ?? ''
  const ca = { key: read('ca.key'), cert: read('ca.crt') }
  const serving = { key: read('tls.key'), cert: read('tls.crt') }
  try {
    const issued = new X509Certificate(serving.cert).verify(new X509Certificate(ca.cert).publicKey)
    return issued ? { ca, serving, bundle: read('bundle.crt') || ca.cert } : undefined
  } catch {
    return undefined // not PEM: made anew
  }
}

async function store(o: KeyringOptions, version: string | undefined, held: Held): Promise<void> {
  const text = (value: string) => Buffer.from(value).toString('base64')
  const data = {
    'ca.crt': text(held.ca.cert),
    'ca.key': text(held.ca.key),
    'bundle.crt': text(held.bundle),
    'tls.crt': text(held.serving.cert),
    'tls.key': text(held.serving.key),
  }
  const metadata = { name: o.secretName, namespace: o.namespace }
  if (version === undefined) {
    await o.kube.create(core.secret, { metadata, type: 'kubernetes.io/tls', data })
    return
  }
  const patch = { metadata: { resourceVersion: version }, data }
  await o.kube.patch(core.secret, metadata, patch, { type: 'merge' })
}
