// The Kube interface over the transport.
import type { KubeCredentials } from './credentials.ts'
import type { Kube } from './kube.ts'

export type RequestRecord = { method: string; path: string; status: number; ms: number }

export type ConnectOptions = {
  userAgent?: string
  timeoutMs?: number
  onRequest?: (record: RequestRecord) => void
}

export function connect(_credentials: KubeCredentials, _o: ConnectOptions = {}): Kube {
  throw new Error('being built')
}
