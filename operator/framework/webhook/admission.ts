// Admission handlers of kinds: what is served where, and the configurations that tell the API server of it.
import type { Logger } from 'pino'
import { ABSENT, PRESENT, type Filters } from '../handlers/options.ts'
import { isFor } from '../handlers/filters.ts'
import { core, kindText, type Kind } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import type { KubeObject, Manifest } from '../kube/objects.ts'
import type { Target } from './inject.ts'
import type { AdmissionReview, Verdict } from './reviews.ts'
import type { WebhookOptions } from './server.ts'

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'

export type AdmissionOptions<S = unknown, T = unknown> = Pick<
  Filters<S, T>,
  'labels' | 'annotations' | 'field' | 'value' | 'when'
> & {
  id?: string
  /** CREATE and UPDATE by default. */
  operations?: readonly Operation[]
  subresource?: string
  /** Whether the API server goes on when nobody answers, false by default. */
  ignoreFailures?: boolean
}

/** A mutating one changes `review.object` in place. What it throws refuses: AdmissionError says how. */
export type AdmissionHandler<S = unknown, T = unknown> = (
  review: AdmissionReview<KubeObject<S, T>>,
) => Promise<Verdict | void> | Verdict | void

export type AdmissionServing = Omit<
  WebhookOptions,
  'kube' | 'log' | 'clock' | 'validate' | 'mutate' | 'injectInto' | 'signal'
> & {
  /** Name of the configurations that are kept current; without it somebody else applies them. */
  configuration?: string
  /** Of the Service, 443 by default. */
  servicePort?: number
}

export type AdmissionEntry = {
  type: 'validate' | 'mutate'
  kind: Kind
  id: string
  handler: AdmissionHandler<never, never>
  options: AdmissionOptions<never, never>
}

/** By URL path. */
export function servedAt(entries: readonly AdmissionEntry[], log: Logger) {
  const of = (type: AdmissionEntry['type']) =>
    Object.fromEntries(
      entries
        .filter((entry) => entry.type === type)
        .map((entry) => [pathOf(entry), filtered(entry, log)]),
    )
  return { validate: of('validate'), mutate: of('mutate') }
}

export const pathOf = ({ type, kind, id }: AdmissionEntry): string =>
  `/${type}/${kindText(kind)}/${encodeURIComponent(id)}`

/** Applies both configurations, as far as there are handlers for them, and says where the caBundle goes. */
export async function applyConfigurations(
  kube: Kube,
  entries: readonly AdmissionEntry[],
  o: AdmissionServing & { manager: string },
): Promise<Target[]> {
  const { configuration: name } = o
  if (name === undefined) return []
  const kinds = [
    { type: 'validate', kind: core.validatingWebhookConfiguration },
    { type: 'mutate', kind: core.mutatingWebhookConfiguration },
  ] as const
  const targets: Target[] = []
  for (const { type, kind } of kinds) {
    const own = entries.filter((entry) => entry.type === type)
    if (own.length === 0) continue
    const present = await kube.get(kind, name)
    const bundles = new Map(present?.webhooks?.map((hook) => [hook.name, hook.clientConfig]) ?? [])
    const webhooks = own.map((entry) => webhookOf(entry, o, bundles))
    const manifest: Manifest = { metadata: { name }, webhooks }
    await kube.apply(kind, manifest, { fieldManager: o.manager, force: true })
    targets.push({ kind, name })
  }
  return targets
}

function webhookOf(
  entry: AdmissionEntry,
  o: AdmissionServing & { manager: string },
  known: Map<string, { caBundle?: string }>,
) {
  const { kind, id, options } = entry
  const { operations = ['CREATE', 'UPDATE'], subresource, ignoreFailures } = options
  const name = `${dns(id)}.${kind.plural}.${kind.group || 'core'}.${dns(o.manager)}`
  const caBundle = known.get(name)?.caBundle // kept until it is renewed: an apply must not take it away
  const resource = subresource ? `${kind.plural}/${subresource}` : kind.plural
  return {
    name,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    failurePolicy: ignoreFailures ? 'Ignore' : 'Fail',
    ...selectorOf(options),
    rules: [
      {
        apiGroups: [kind.group],
        apiVersions: [kind.version],
        operations: [...operations],
        resources: [resource],
      },
    ],
    clientConfig: {
      service: {
        name: o.serviceName,
        namespace: o.namespace,
        path: pathOf(entry),
        port: o.servicePort ?? 443,
      },
      ...(caBundle && { caBundle }),
    },
  }
}

/** What the API server can tell by itself needs no call. */
function selectorOf({ labels = {} }: AdmissionOptions<never, never>) {
  const matchExpressions = Object.entries(labels).flatMap(([key, match]) => {
    if (match === PRESENT) return [{ key, operator: 'Exists' }]
    if (match === ABSENT) return [{ key, operator: 'DoesNotExist' }]
    return typeof match === 'string' ? [{ key, operator: 'In', values: [match] }] : []
  })
  return matchExpressions.length > 0 ? { objectSelector: { matchExpressions } } : {}
}

const dns = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '') || 'handler'

function filtered({ handler, options, kind }: AdmissionEntry, log: Logger) {
  return async (review: AdmissionReview): Promise<Verdict> => {
    const obj = review.object ?? review.oldObject
    const about = { kind: kind.kind, name: obj?.metadata.name, ns: obj?.metadata.namespace }
    const change = { reason: undefined, old: review.oldObject, new: review.object, diff: [] }
    if (obj && !isFor(options, { obj, memo: {}, log: log.child(about), ...change }))
      return undefined
    return (await handler(review as never)) ?? undefined // of the kind that the path says
  }
}
