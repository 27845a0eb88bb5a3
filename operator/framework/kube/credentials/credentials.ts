// Who we are to an API server, and the in-cluster way of knowing it: the service account's files.
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

export type KubeCredentials = {
  /** https://host:port */
  server: string
  ca?: string
  cert?: string
  key?: string
  /** Asked before each request, and with `refresh` after a 401. */
  token?: (o?: { refresh?: boolean }) => Promise<string>
  serverName?: string
  insecureSkipTlsVerify?: boolean
}

const serviceAccountDir = '/var/run/secrets/kubernetes.io/serviceaccount'
const rereadAfterMs = 60_000

/** The address comes from the environment that the kubelet sets in every container. */
export function inClusterCredentials(
  o: { env?: NodeJS.ProcessEnv; dir?: string; monotonic?: () => number } = {},
): KubeCredentials {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = o.env ?? process.env
  if (!host || !port) {
    throw new Error(
      'not in a cluster: KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set',
    )
  }
  const dir = o.dir ?? serviceAccountDir
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca: readFileSync(`${dir}/ca.crt`, 'utf8'),
    token: fileToken(`${dir}/token`, o.monotonic),
  }
}

/** The kubelet replaces the token long before it expires; a minute-old copy is always good. */
export function fileToken(
  path: string,
  monotonic = () => performance.now(),
): NonNullable<KubeCredentials['token']> {
  let token = ''
  let readAt = Number.NEGATIVE_INFINITY
  return async ({ refresh = false } = {}) => {
    if (refresh || monotonic() - readAt > rereadAfterMs) {
      token = (await readFile(path, 'utf8')).trim()
      readAt = monotonic()
    }
    return token
  }
}
