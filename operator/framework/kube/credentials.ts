// Who we are to an API server, and the in-cluster way of knowing it: the service account's files.

export type KubeCredentials = {
  /** https://host:port */
  server: string
  ca?: string
  cert?: string
  key?: string
  /** Asked before each request and again after a 401. */
  token?: (o?: { refresh?: boolean }) => Promise<string>
  serverName?: string
  insecureSkipTlsVerify?: boolean
}

export function inClusterCredentials(): KubeCredentials {
  throw new Error('being built')
}
