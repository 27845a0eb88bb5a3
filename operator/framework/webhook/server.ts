// Admission and conversion webhooks with certificates that the operator issues and rotates itself.
import type { Logger } from 'pino'
import type { Clock } from '../clock.ts'
import type { Kind } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import type { KubeObject, Manifest } from '../kube/objects.ts'

export type AdmissionReview<Obj = KubeObject> = {
  operation: 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'
  object?: Obj
  oldObject?: Obj
  dryRun: boolean
  subResource?: string
  userInfo: { username?: string; groups?: string[] }
}

/** No answer, or no messages, means allowed. */
export type Verdict = { allowed: boolean; message?: string; warnings?: string[] } | undefined

export type Validator = (review: AdmissionReview) => Promise<Verdict> | Verdict

/** Objects come in at their stored version and leave at `desiredVersion` (an apiVersion such as locust.io/v1). */
export type Converter = (obj: Manifest, desiredApiVersion: string) => Manifest

export type WebhookOptions = {
  kube: Kube
  log: Logger
  clock?: Clock
  namespace: string
  secretName: string
  serviceName: string
  port: number
  host?: string
  /** By URL path, for example { '/validate-locusttest': validate }. */
  validate?: Record<string, Validator>
  /** By URL path, for example { '/convert': convert }. */
  convert?: Record<string, Converter>
  /** Objects whose caBundle (webhooks[*].clientConfig or spec.conversion.webhook.clientConfig) is kept current. */
  injectInto?: { kind: Kind; name: string }[]
  fieldManager?: string
}

export interface WebhookServer {
  /** The port it listens on. */
  readonly port: number
  stop(): Promise<void>
}

/** Resolves when it serves and the caBundle is everywhere. */
export function webhookServer(_o: WebhookOptions): Promise<WebhookServer> {
  throw new Error('being built')
}
