// When the real provider calls an object ready, kind by kind. Pure: the object, and what belongs to it, come in.
import { isObject } from '../../../../operator/engine/embedded/values/values.ts'

export type Live = {
  kind: string
  metadata: {
    generation?: number
    name: string
    namespace?: string
    annotations?: Record<string, string>
  }
  spec?: unknown
  status?: unknown
}

/** `waiting` says for what; `failed` will not get better by waiting. */
export type Readiness = { state: 'ready' } | { state: 'waiting' | 'failed'; why: string }

const ready: Readiness = { state: 'ready' }
const waiting = (why: string): Readiness => ({ state: 'waiting', why })
const failed = (why: string): Readiness => ({ state: 'failed', why })

type Fields = Record<string, unknown>
type Condition = { type?: string; status?: string; reason?: string; message?: string }
const fields = (value: unknown): Fields => (isObject(value) ? value : {})
const count = (value: unknown): number => (typeof value === 'number' ? value : 0)

const conditionOf = (live: Live, type: string): Condition | undefined => {
  const all = fields(live.status)['conditions']
  return Array.isArray(all) ? (all as Condition[]).find((c) => c.type === type) : undefined // Kubernetes' own shape
}
const isTrue = (live: Live, type: string): boolean => conditionOf(live, type)?.status === 'True'
const said = (condition: Condition | undefined): string =>
  condition ? `${condition.reason ?? ''} ${condition.message ?? ''}`.trim() : ''

function observed(live: Live): Readiness | undefined {
  const seen = count(fields(live.status)['observedGeneration'])
  return seen < (live.metadata.generation ?? 0)
    ? waiting('the controller has not seen it yet')
    : undefined
}

const rules: Record<string, (live: Live) => Readiness> = {
  Deployment(live) {
    const early = observed(live)
    if (early) return early
    const wanted = count(fields(live.spec)['replicas'])
    const status = fields(live.status)
    const updated = count(status['updatedReplicas'])
    if (updated < wanted) return waiting(`${updated} of ${wanted} replicas updated`)
    if (count(status['replicas']) > updated) return waiting('old replicas are still there')
    if (count(status['availableReplicas']) < wanted)
      return waiting(`${count(status['availableReplicas'])} of ${wanted} replicas available`)
    return wanted === 0 || isTrue(live, 'Available')
      ? ready
      : waiting(said(conditionOf(live, 'Available')))
  },
  DaemonSet(live) {
    const early = observed(live)
    if (early) return early
    const status = fields(live.status)
    const wanted = count(status['desiredNumberScheduled'])
    const updated = count(status['updatedNumberScheduled'])
    const available = count(status['numberAvailable'])
    if (updated < wanted) return waiting(`${updated} of ${wanted} pods updated`)
    return available < wanted ? waiting(`${available} of ${wanted} pods available`) : ready
  },
  StatefulSet(live) {
    const early = observed(live)
    if (early) return early
    const wanted = count(fields(live.spec)['replicas'])
    const status = fields(live.status)
    if (count(status['readyReplicas']) < wanted)
      return waiting(`${count(status['readyReplicas'])} of ${wanted} replicas ready`)
    return status['currentRevision'] === status['updateRevision'] || wanted === 0
      ? ready
      : waiting('pods of the old revision are still there')
  },
  Job(live) {
    if (isTrue(live, 'Complete')) return ready
    return isTrue(live, 'Failed')
      ? failed(said(conditionOf(live, 'Failed')))
      : waiting('not complete')
  },
  Pod(live) {
    const phase = fields(live.status)['phase']
    if (phase === 'Succeeded' || isTrue(live, 'Ready')) return ready
    return phase === 'Failed'
      ? failed('the pod failed')
      : waiting(said(conditionOf(live, 'Ready')) || 'not ready')
  },
  PersistentVolumeClaim(live) {
    return fields(live.status)['phase'] === 'Bound' ? ready : waiting('not bound')
  },
  PersistentVolume(live) {
    const phase = fields(live.status)['phase']
    return phase === 'Available' || phase === 'Bound' ? ready : waiting(`phase ${String(phase)}`)
  },
  Namespace(live) {
    return fields(live.status)['phase'] === 'Active' ? ready : waiting('not active')
  },
  CustomResourceDefinition(live) {
    const names = conditionOf(live, 'NamesAccepted')
    if (names?.status === 'False') return failed(said(names))
    return isTrue(live, 'Established') ? ready : waiting('not established')
  },
  APIService(live) {
    return isTrue(live, 'Available') ? ready : waiting(said(conditionOf(live, 'Available')))
  },
  Service(live) {
    const spec = fields(live.spec)
    if (spec['type'] !== 'LoadBalancer') return ready
    const ingress = fields(fields(live.status)['loadBalancer'])['ingress']
    return Array.isArray(ingress) && ingress.length > 0
      ? ready
      : waiting('no load balancer address')
  },
}

export const readiness = (live: Live): Readiness => rules[live.kind]?.(live) ?? ready

/** Services that select pods must have some; headless and external ones need not. */
export function needsEndpoints(live: Live): boolean {
  if (live.kind !== 'Service') return false
  const spec = fields(live.spec)
  const selects = Object.keys(fields(spec['selector'])).length > 0
  return selects && spec['type'] !== 'ExternalName' && spec['clusterIP'] !== 'None'
}

/** A claim whose class waits for the first pod cannot be waited for. */
export const bindsLate = (storageClass: unknown): boolean =>
  fields(storageClass)['volumeBindingMode'] === 'WaitForFirstConsumer'
