// v1 ⇄ v2 of the spec. What v1 cannot say is kept in an annotation, so that an object read, edited and
// written back through v1 keeps every field of v2.
import type { LocustTestSpec } from '../../api/locust/locust-types.ts'
import type { LocustTestV1Spec } from '../../api/locust/locust-types.ts'

import { v1Shape, v2Shape } from '../../api/locust/locust-test-shapes.ts'
import { misshapen } from './shape.ts'

/** Where a v1 object carries the v2 spec it was made from. */
export const keptAnnotation = 'locust.io/v2-spec'

/** An object stored by a client of v1 while no conversion webhook ran still has v1's fields. */
export const isV1Spec = (spec: object): spec is LocustTestV1Spec => 'masterCommandSeed' in spec

/** One sentence for every field that cannot be read. */
export const unreadable = (spec: unknown): string[] =>
  typeof spec === 'object' && spec !== null && isV1Spec(spec)
    ? misshapen('spec', spec, { ...v2Shape, ...v1Shape })
    : misshapen('spec', spec, v2Shape)

export function toV2(v1: LocustTestV1Spec, kept?: LocustTestSpec): LocustTestSpec {
  const fresh = asV2(v1)
  if (!kept) return fresh
  // What v1 still says as it did stays as v2 had it; what was changed through v1 wins.
  const before = toV1(kept)
  const same = (...fields: (keyof LocustTestV1Spec)[]) =>
    fields.every((field) => JSON.stringify(before[field]) === JSON.stringify(v1[field]))
  const { testFiles: _testFiles, imagePullSecrets: _secrets, ...rest } = kept
  return {
    ...rest,
    image: v1.image,
    ...(v1.imagePullPolicy && { imagePullPolicy: v1.imagePullPolicy }),
    ...pick('imagePullSecrets', same('imagePullSecrets') ? kept : fresh),
    master: role(kept.master, fresh.master),
    worker: { ...role(kept.worker, fresh.worker), replicas: v1.workerReplicas ?? 1 },
    ...mergedTestFiles(kept.testFiles, fresh.testFiles),
    ...mergedScheduling(kept, fresh, {
      affinity: same('affinity'),
      tolerations: same('tolerations'),
    }),
  }
}

export function toV1(v2: LocustTestSpec): LocustTestV1Spec {
  const perRole = (field: 'labels' | 'annotations') => {
    const { master, worker } = { master: v2.master[field], worker: v2.worker[field] }
    return master || worker
      ? { [field]: { ...(master && { master }), ...(worker && { worker }) } }
      : {}
  }
  const affinity = simpleAffinity(v2.scheduling?.affinity)
  return {
    image: v2.image,
    masterCommandSeed: v2.master.command,
    workerCommandSeed: v2.worker.command,
    workerReplicas: v2.worker.replicas,
    ...(v2.imagePullPolicy && { imagePullPolicy: v2.imagePullPolicy }),
    ...(v2.imagePullSecrets && { imagePullSecrets: v2.imagePullSecrets.map(({ name }) => name) }),
    ...(v2.testFiles?.configMapRef && { configMap: v2.testFiles.configMapRef }),
    ...(v2.testFiles?.libConfigMapRef && { libConfigMap: v2.testFiles.libConfigMapRef }),
    ...perRole('labels'),
    ...perRole('annotations'),
    ...(affinity && {
      affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: affinity } },
    }),
    ...(v2.scheduling?.tolerations && {
      tolerations: simpleTolerations(v2.scheduling.tolerations),
    }),
  }
}

function asV2(v1: LocustTestV1Spec): LocustTestSpec {
  const testFiles = {
    ...(v1.configMap && { configMapRef: v1.configMap }),
    ...(v1.libConfigMap && { libConfigMapRef: v1.libConfigMap }),
  }
  const scheduling = {
    ...requiredNodeAffinity(
      v1.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution,
    ),
    ...(v1.tolerations && { tolerations: v1.tolerations }),
  }
  const meta = (mode: 'master' | 'worker') => ({
    ...(v1.labels?.[mode] && { labels: v1.labels[mode] }),
    ...(v1.annotations?.[mode] && { annotations: v1.annotations[mode] }),
  })
  return {
    image: v1.image,
    ...(v1.imagePullPolicy && { imagePullPolicy: v1.imagePullPolicy }),
    ...(v1.imagePullSecrets && { imagePullSecrets: v1.imagePullSecrets.map((name) => ({ name })) }),
    master: {
      command: v1.masterCommandSeed,
      autostart: true,
      autoquit: { enabled: true, timeout: 60 },
      ...meta('master'),
    },
    worker: { command: v1.workerCommandSeed, replicas: v1.workerReplicas ?? 1, ...meta('worker') },
    ...(Object.keys(testFiles).length > 0 && { testFiles }),
    ...(Object.keys(scheduling).length > 0 && { scheduling }),
  }
}

function role<Role extends LocustTestSpec['master'] | LocustTestSpec['worker']>(
  kept: Role,
  fresh: { command: string; labels?: Record<string, string>; annotations?: Record<string, string> },
): Role {
  const { labels: _labels, annotations: _annotations, ...rest } = kept
  return {
    ...(rest as Role), // only optional fields were taken out
    command: fresh.command,
    ...pick('labels', fresh),
    ...pick('annotations', fresh),
  }
}

function mergedTestFiles(kept: LocustTestSpec['testFiles'], fresh: LocustTestSpec['testFiles']) {
  const { configMapRef: _src, libConfigMapRef: _lib, ...paths } = kept ?? {}
  const testFiles = { ...paths, ...fresh }
  return kept || fresh ? { testFiles } : {}
}

function mergedScheduling(
  kept: LocustTestSpec,
  fresh: LocustTestSpec,
  same: { affinity: boolean; tolerations: boolean },
) {
  const { affinity: _affinity, tolerations: _tolerations, ...rest } = kept.scheduling ?? {}
  const scheduling = {
    ...rest,
    ...pick('affinity', (same.affinity ? kept : fresh).scheduling ?? {}),
    ...pick('tolerations', (same.tolerations ? kept : fresh).scheduling ?? {}),
  }
  return kept.scheduling || Object.keys(scheduling).length > 0 ? { scheduling } : {}
}

/** The field alone, or nothing when it is not set. */
function pick<From extends object, Field extends keyof From>(field: Field, from: From) {
  return (from[field] === undefined ? {} : { [field]: from[field] }) as Pick<From, Field> // as computed above
}

function requiredNodeAffinity(labels: Record<string, string> | undefined) {
  if (!labels || Object.keys(labels).length === 0) return {}
  const matchExpressions = Object.entries(labels)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => ({ key, operator: 'In', values: [value] }))
  return {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions }],
        },
      },
    },
  }
}

type Term = { matchExpressions?: { key: string; operator: string; values?: string[] }[] }

/** The labels that v1 can show: In with one value, from the first term. The rest is kept by the annotation. */
function simpleAffinity(affinity: unknown): Record<string, string> | undefined {
  const required = field(
    field(affinity, 'nodeAffinity'),
    'requiredDuringSchedulingIgnoredDuringExecution',
  )
  const terms = field(required, 'nodeSelectorTerms')
  const [first] = Array.isArray(terms) ? (terms as Term[]) : []
  const pairs = (first?.matchExpressions ?? [])
    .filter(({ operator, values }) => operator === 'In' && values?.length === 1)
    .map(({ key, values }) => [key, values?.[0] ?? ''])
  return pairs.length > 0 ? Object.fromEntries(pairs) : undefined
}

type CoreToleration = { key?: string; operator?: string; value?: string; effect?: string }
type V1Toleration = NonNullable<LocustTestV1Spec['tolerations']>[number]

/** Those that v1 can show; the rest is kept by the annotation. */
const simpleTolerations = (tolerations: CoreToleration[]): V1Toleration[] =>
  tolerations.flatMap(({ key, operator = 'Equal', value, effect }) =>
    key && effect
      ? [{ key, operator, ...(value !== undefined && { value }), effect } as V1Toleration] // of core/v1's own values
      : [],
  )

const field = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
