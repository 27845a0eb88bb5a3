// What the outputs of a tenant's cloud stack may say: whoever connects to a tenant cluster asks here first, because a token
// that is sent to another place is a credential given away. Pure.
import { X509Certificate } from 'node:crypto'
import type { CloudOutputs } from './stack.ts'

export type Expected = {
  physicalName: string | undefined
  region: string
  /** AWS answers at an address of one's own (AWS_ENDPOINT_URL), and its clusters are not at EKS's either. */
  sandbox: boolean
}

type Claim = Pick<CloudOutputs, 'clusterName' | 'endpoint' | 'certificateAuthority'>

/** What is wrong with them; undefined when nothing is. */
export function outputsProblem(
  { clusterName, endpoint, certificateAuthority }: Claim,
  { physicalName, region, sandbox }: Expected,
): string | undefined {
  if (clusterName !== physicalName) {
    return `clusterName: expected ${physicalName ?? 'none'}, got ${quoted(clusterName)}`
  }
  if (!(sandbox ? isHttps(endpoint) : isOfEks(endpoint, region))) {
    const expected = sandbox ? 'an https URL' : `an endpoint of EKS in ${region}`
    return `endpoint: expected ${expected}, got ${quoted(endpoint)}`
  }
  if (!holdsCertificates(certificateAuthority)) {
    return 'certificateAuthority: expected certificates as PEM in base64'
  }
  return undefined
}

/** `https://<id>.<shard>.<region>.eks.amazonaws.com`, in China with `.cn`. */
function isOfEks(endpoint: string, region: string): boolean {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com'
  const tail = `.${region}.eks.${suffix}`
  return (
    endpoint.endsWith(tail) &&
    /^https:\/\/[0-9a-z]+(\.[0-9a-z]+)?$/i.test(endpoint.slice(0, -tail.length))
  )
}

/** By grammar: a URL is parsed more kindly than its readers look at it. */
const isHttps = (endpoint: string) =>
  /^https:\/\/([0-9a-z.-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?$/i.test(endpoint)

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
