// The CA of a tenant's API server as a status holds it, for tests that connect to none: PEM in base64.
import { createAuthority } from '../../operator/framework/webhook/certificates.ts'

export function newCertificateAuthority(): string {
  const validity = { notBefore: new Date('2026-01-01'), notAfter: new Date('2046-01-01') }
  return Buffer.from(createAuthority('tenant', validity).cert).toString('base64')
}
