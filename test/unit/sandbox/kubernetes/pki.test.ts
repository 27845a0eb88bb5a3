// Certificates as OpenSSL (node:crypto) reads them.
import { createPrivateKey, createPublicKey, sign, verify, X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { addressIn } from '../../../sandbox/kubernetes/control-plane-flags.ts'
import {
  authorityOf,
  createAuthority,
  createServiceAccountKeys,
} from '../../../sandbox/kubernetes/pki.ts'

test('a serving certificate is signed by its authority and names hosts and addresses', () => {
  const ca = createAuthority('team-a-ca')
  const { cert, key } = ca.issue({
    commonName: 'kube-apiserver',
    serves: ['localhost', '10.200.0.2'],
  })
  const parsed = new X509Certificate(cert)
  expect(parsed.verify(new X509Certificate(ca.cert).publicKey)).toBe(true)
  expect(parsed.checkIssued(new X509Certificate(ca.cert))).toBe(true)
  expect(parsed.checkPrivateKey(createPrivateKey(key))).toBe(true)
  expect(parsed.checkHost('localhost')).toBe('localhost')
  expect(parsed.checkIP('10.200.0.2')).toBe('10.200.0.2')
  expect(parsed.checkIP('10.200.0.3')).toBeUndefined()
  expect(parsed.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
  expect(parsed.ca).toBe(false)
})

test('a client certificate carries user and group, and is no serving certificate', () => {
  const { cert } = createAuthority('ca').issue({
    commonName: 'system:node:n1',
    organization: 'system:nodes',
  })
  const parsed = new X509Certificate(cert)
  expect(parsed.subject).toBe('O=system:nodes\nCN=system:node:n1')
  expect(parsed.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
  expect(parsed.subjectAltName).toBeUndefined()
})

test('an authority read back from disk issues what the first one vouches for', () => {
  const ca = createAuthority('kept-ca')
  const again = authorityOf({ key: ca.key, cert: ca.cert }).issue({ commonName: 'x' })
  expect(new X509Certificate(again.cert).verify(new X509Certificate(ca.cert).publicKey)).toBe(true)
  expect(new X509Certificate(ca.cert).ca).toBe(true)
})

test('another authority of the same name is not taken for it', () => {
  const leaf = new X509Certificate(createAuthority('ca').issue({ commonName: 'x' }).cert)
  expect(leaf.verify(new X509Certificate(createAuthority('ca').cert).publicKey)).toBe(false)
})

test('the service account keys belong together', () => {
  const keys = createServiceAccountKeys()
  const data = Buffer.from('token')
  const signature = sign('sha256', data, createPrivateKey(keys.privateKey))
  expect(verify('sha256', data, createPublicKey(keys.publicKey), signature)).toBe(true)
})

test.each([
  ['172.20.0.0/16', 1, '172.20.0.1'],
  ['172.20.0.0/16', 10, '172.20.0.10'],
  ['10.200.0.0', 16_383 * 4 + 2, '10.200.255.254'],
  ['192.168.255.0/24', 256, '192.169.0.0'],
])('%s plus %i is %s', (cidr, offset, expected) => {
  expect(addressIn(cidr, offset)).toBe(expected)
})
