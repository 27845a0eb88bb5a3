// Which node pools take a pod, by what the spec of the pools says and as Kubernetes' scheduler judges: asked where waiting for a
// pod that no node takes would never end. Affinity and resources are not looked at. Pure.
import { z } from 'zod'
import { labelDomains } from '../providers.ts'
import type { NodePool } from './tenant-cluster.ts'

const text = z.string().nullish()
const tolerationSchema = z.object({ key: text, operator: text, value: text, effect: text })
const placementSchema = z.object({
  nodeSelector: z.record(z.string(), z.string()).nullish(),
  tolerations: z.array(tolerationSchema).nullish(),
})

type Toleration = z.infer<typeof tolerationSchema>
/** The part of a pod's spec that says where it may run. */
export type Placement = z.infer<typeof placementSchema>

/** Of a pod's spec, or of a chart's values, which have the same words; what is neither says nothing. */
export const placementOf = (spec: unknown): Placement => placementSchema.safeParse(spec).data ?? {}

type Pool = Pick<NodePool, 'name' | 'desired' | 'labels' | 'taints'>

/** Pools without nodes take nothing. */
export const takersOf = <P extends Pool>(
  pools: readonly P[],
  { nodeSelector, tolerations }: Placement,
): P[] =>
  pools.filter(
    ({ desired, labels, taints }) =>
      desired > 0 &&
      Object.entries(nodeSelector ?? {}).every(([key, value]) => mayHave(labels, key, value)) &&
      taints.every(
        (taint) =>
          taint.effect === 'PreferNoSchedule' || tolerations?.some((t) => tolerates(t, taint)),
      ),
  )

/** What a node is labelled with beside the labels of its pool is not known here; those keys no pool can set. */
const mayHave = (labels: Readonly<Record<string, string>>, key: string, value: string): boolean =>
  labels[key] === value || foreign.test(key)

const foreign = new RegExp(
  `(^|[./])(${['kubernetes.io', 'k8s.io', ...labelDomains].map((domain) => domain.replaceAll('.', '\\.')).join('|')})/`,
  'i',
)

/** https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
function tolerates(t: Toleration, taint: NodePool['taints'][number]): boolean {
  if (t.effect && t.effect !== taint.effect) return false
  if (t.operator === 'Exists') return !t.key || t.key === taint.key
  return t.key === taint.key && (t.value ?? '') === taint.value
}
