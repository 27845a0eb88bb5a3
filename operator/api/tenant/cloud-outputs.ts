// What the outputs of a tenant's cloud stack may say: whoever connects to a tenant cluster asks here first, because a token
// that is sent to another place is a credential given away. Pure.
import { X509Certificate } from 'node:crypto'
import type { CloudOutputs } from './stack.ts'

export type Expected = {
  physicalName: string | undefined
  /** What an endpoint had to be, by the provider; undefined when it is. */
  expectedEndpoint: (endpoint: string) => string | undefined
}

type Claim = Pick<CloudOutputs, 'clusterName' | 'endpoint' | 'certificateAuthority'>

/** What is wrong with them; undefined when nothing is. */
export function outputsProblem(
  { clusterName, endpoint, certificateAuthority }: Claim,
  { physicalName, expectedEndpoint }: Expected,
): string | undefined {
  if (clusterName !== physicalName) {
    return `clusterName: expected ${physicalName ?? 'none'}, got ${quoted(clusterName)}`
  }
  const expected = expectedEndpoint(endpoint)
  if (expected !== undefined) return `endpoint: expected ${expected}, got ${quoted(endpoint)}`
  if (!holdsCertificates(certificateAuthority)) {
    return 'certificateAuthority: expected certificates as PEM in base64'
  }
  return undefined
}

const pem = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g

function holdsCertificates(base64: string): boolean {
  const certificates = Buffer.from(base64, 'base64').toString().match(pem) ?? []
  return certificates.length > 0 && certificates.every(isCertificate)
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).raw.length > 0
  } catch {
    return false // what OpenSSL cannot read is none
  }
}

/** It may be anything: shown without what would break a line, and not at any length. */
const quoted = (text: string) => JSON.stringify(text.length > 200 ? `${text.slice(0, 199)}…` : text)
