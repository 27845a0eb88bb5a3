// The API server of a cluster that others own: its address, its authority and a token of ours are all that a connection to it
// is made of. So nothing that others wrote can run a command, read a file, choose a proxy or lower the trust of this process.
import { X509Certificate } from 'node:crypto'
import { connect, type ConnectOptions } from './client.ts'
import type { TenantKube } from './kube.ts'

export type TenantApi = {
  /** https://host or https://host:port */
  readonly server: string
  /** PEM, base64, as in a kubeconfig; nothing else is trusted, not even the authorities of this machine. */
  readonly certificateAuthority: string
  readonly token: string
}

/** What was said of a tenant's API server cannot be used. */
export class TenantApiError extends Error {
  override readonly name = 'TenantApiError'
  readonly field: keyof TenantApi
  /** What was expected of the field, and what was given. */
  readonly problem: string

  constructor(field: keyof TenantApi, problem: string) {
    super(`${field}: ${problem}`)
    this.field = field
    this.problem = problem
  }
}

/** More than an honest page of a list has. */
const maxAnswerBytes = 8 * 2 ** 20

/**
 * Follows no redirect, as every connection of the framework. Asks once, however the server wants to be asked again, and reads no
 * more than it can bear: what others control costs what we let it.
 */
export function connectTenant(
  api: TenantApi,
  o: Omit<ConnectOptions, 'attempts'> = {},
): TenantKube {
  const { server, certificateAuthority, token } = tenantApi(api)
  const ca = decoded(certificateAuthority)
  const credentials = { server, ca, token: () => Promise.resolve(token) }
  return connect(credentials, { maxAnswerBytes, ...o, attempts: 1 })
}

/** The same, checked; whatever else the object has is left behind. */
export function tenantApi({ server, certificateAuthority, token }: TenantApi): TenantApi {
  if (!isAddress(server)) {
    throw new TenantApiError(
      'server',
      `expected https://host or https://host:port, got ${shown(server)}`,
    )
  }
  if (!isCertificate(decoded(certificateAuthority))) {
    const got = shown(certificateAuthority)
    throw new TenantApiError(
      'certificateAuthority',
      `expected a certificate, PEM in base64, got ${got}`,
    )
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new TenantApiError('token', 'expected visible ASCII characters')
  }
  return { server, certificateAuthority, token }
}

const shown = (text: string) => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text)

/** By grammar: a URL is parsed more kindly than its readers look at it, with user names, backslashes and line feeds. */
const address = /^https:\/\/([a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(:[0-9]{1,5})?$/i

const isAddress = (server: string): boolean => address.test(server) && URL.canParse(server)

const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8')

/** An authority that Node cannot read would be left out without a word, and an empty one means those of the machine. */
function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0
  } catch {
    return false // what it is instead is of no interest
  }
}
