// The ConfigMaps and Secrets that a spec names, each with its field, so that whatever is missing is said in the user's
// words. Pieces of core/v1 are not ours to trust: they are read as anything.
import type { LocustTestSpec } from '../../api/locust/locust-types.ts'

export type Reference = {
  field: string
  kind: 'ConfigMap' | 'Secret'
  name: string
  /** The pods start without it. */
  optional: boolean
}

export const references = (spec: LocustTestSpec): Reference[] => [
  ...configMap('spec.testFiles.configMapRef', spec.testFiles?.configMapRef),
  ...configMap('spec.testFiles.libConfigMapRef', spec.testFiles?.libConfigMapRef),
  ...fromEnvironment(spec.env ?? {}),
  ...mountedVolumes(spec).flatMap(({ at, volume }) => fromVolume(`spec.volumes[${at}]`, volume)),
  ...secret('spec.report.uploadTo.secretRef', spec.report?.uploadTo?.secretRef),
]

function fromEnvironment(env: NonNullable<LocustTestSpec['env']>): Reference[] {
  const { configMapRefs = [], secretRefs = [], secretMounts = [], variables = [] } = env
  return [
    ...configMapRefs.flatMap(({ name, optional }, at) =>
      configMap(`spec.env.configMapRefs[${at}].name`, name, optional),
    ),
    ...secretRefs.flatMap(({ name, optional }, at) =>
      secret(`spec.env.secretRefs[${at}].name`, name, optional),
    ),
    ...secretMounts.flatMap(({ name }, at) => secret(`spec.env.secretMounts[${at}].name`, name)),
    ...variables.flatMap((variable, at) => {
      const [field, from] = [`spec.env.variables[${at}].valueFrom`, inside(variable, 'valueFrom')]
      const [map, key] = [inside(from, 'configMapKeyRef'), inside(from, 'secretKeyRef')]
      return [
        ...configMap(`${field}.configMapKeyRef.name`, inside(map, 'name'), inside(map, 'optional')),
        ...secret(`${field}.secretKeyRef.name`, inside(key, 'name'), inside(key, 'optional')),
      ]
    }),
  ]
}

/** A volume that nothing mounts is in no pod. */
function mountedVolumes({ volumes = [], volumeMounts = [] }: LocustTestSpec) {
  const mounted = new Set(volumeMounts.map(({ name }) => name))
  return volumes
    .map((volume, at) => ({ at, volume }))
    .filter(({ volume }) => mounted.has(volume.name))
}

function fromVolume(field: string, volume: unknown): Reference[] {
  const sources = inside(inside(volume, 'projected'), 'sources')
  const projected = Array.isArray(sources) ? (sources as unknown[]) : []
  return [
    ...fromSource(field, volume, 'secretName'),
    ...projected.flatMap((source, at) =>
      fromSource(`${field}.projected.sources[${at}]`, source, 'name'),
    ),
  ]
}

/** Only a volume of its own calls the name of a Secret secretName. */
function fromSource(field: string, source: unknown, secretName: 'secretName' | 'name') {
  const [map, own] = [inside(source, 'configMap'), inside(source, 'secret')]
  return [
    ...configMap(`${field}.configMap.name`, inside(map, 'name'), inside(map, 'optional')),
    ...secret(`${field}.secret.${secretName}`, inside(own, secretName), inside(own, 'optional')),
  ]
}

const reference =
  (kind: Reference['kind']) =>
  (field: string, name: unknown, optional: unknown = false): Reference[] =>
    typeof name === 'string' && name !== ''
      ? [{ field, kind, name, optional: optional === true }]
      : []
const configMap = reference('ConfigMap')
const secret = reference('Secret')

const inside = (value: unknown, field: string): unknown =>
  typeof value === 'object' && value !== null
    ? (value as Record<string, unknown>)[field]
    : undefined
