// Whether a spec is built as its CRD says, for objects that slipped past it (an older CRD, a hand in etcd): the rest
// of the operator may then rely on its types. Only what the operator itself reads is looked at.

type Shape =
  | 'text'
  | 'number'
  | 'flag'
  | 'texts'
  | 'fragment'
  | 'fragments'
  | readonly [Shape]
  | Fields
type Fields = { readonly [field: string]: Shape }

const role: Fields = {
  command: 'text',
  labels: 'texts',
  annotations: 'texts',
  resources: 'fragment',
  extraArgs: ['text'],
  podTemplate: { metadata: { labels: 'texts', annotations: 'texts' }, spec: 'fragment' },
}
const reference: Fields = { name: 'text', prefix: 'text', optional: 'flag' }
const limits: Fields = {
  failureRatio: 'text',
  p95Ms: 'number',
  p99Ms: 'number',
  averageMs: 'number',
  minRequestsPerSecond: 'text',
}

export const v2Shape: Fields = {
  image: 'text',
  imagePullPolicy: 'text',
  imagePullSecrets: [{ name: 'text' }],
  master: { ...role, autostart: 'flag', autoquit: { enabled: 'flag', timeout: 'number' } },
  worker: { ...role, replicas: 'number' },
  testFiles: {
    configMapRef: 'text',
    libConfigMapRef: 'text',
    srcMountPath: 'text',
    libMountPath: 'text',
  },
  scheduling: {
    affinity: 'fragment',
    tolerations: 'fragments',
    nodeSelector: 'texts',
    runtimeClassName: 'text',
  },
  env: {
    configMapRefs: [reference],
    secretRefs: [reference],
    variables: [{ name: 'text', value: 'text' }],
    secretMounts: [{ name: 'text', mountPath: 'text', readOnly: 'flag' }],
  },
  volumes: [{ name: 'text' }],
  volumeMounts: [{ name: 'text', mountPath: 'text', target: 'text' }],
  security: { podSecurityContext: 'fragment', containerSecurityContext: 'fragment' },
  observability: {
    metricsExporter: { enabled: 'flag' },
    openTelemetry: { enabled: 'flag', endpoint: 'text', extraEnvVars: 'texts' },
  },
  thresholds: { ...limits, requests: [{ ...limits, name: 'text', method: 'text' }] },
  report: {
    formats: ['text'],
    configMap: 'fragment',
    persistentVolumeClaim: { claimName: 'text', path: 'text' },
    uploadTo: {
      bucket: 'text',
      prefix: 'text',
      region: 'text',
      endpoint: 'text',
      secretRef: 'text',
    },
  },
  suspend: 'flag',
  startDeadlineSeconds: 'number',
  maxDurationSeconds: 'number',
  ttlSecondsAfterFinished: 'number',
}

const perRole: Fields = { master: 'texts', worker: 'texts' }
export const v1Shape: Fields = {
  image: 'text',
  imagePullPolicy: 'text',
  imagePullSecrets: ['text'],
  masterCommandSeed: 'text',
  workerCommandSeed: 'text',
  workerReplicas: 'number',
  configMap: 'text',
  libConfigMap: 'text',
  labels: perRole,
  annotations: perRole,
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: 'texts' } },
  tolerations: 'fragments',
}

/** One sentence for every field of a wrong kind; a field that is absent is right. */
export function misshapen(field: string, value: unknown, shape: Shape): string[] {
  if (value === undefined) return []
  if (typeof shape === 'string')
    return fits(value, shape) ? [] : [`${field}: expected ${words[shape]}`]
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return [`${field}: expected a list`]
    const [item] = shape as readonly [Shape] // the only list among shapes
    return value.flatMap((one, at) => misshapenItem(`${field}[${at}]`, one, item))
  }
  if (!isObject(value)) return [`${field}: expected an object`]
  return Object.entries(shape).flatMap(([name, inner]) =>
    misshapen(`${field}.${name}`, value[name], inner as Shape),
  )
}

/** What its list is about must be there. */
function misshapenItem(field: string, value: unknown, shape: Shape): string[] {
  if (value === undefined || value === null) return [`${field}: expected a value`]
  const found = misshapen(field, value, shape)
  if (found.length > 0 || !isObject(value) || !isObject(shape)) return found
  return ['name', 'mountPath']
    .filter((name) => name in shape && value[name] === undefined)
    .map((name) => `${field}.${name}: expected a text`)
}

const words = {
  text: 'a text',
  number: 'a number',
  flag: 'true or false',
  texts: 'an object of texts',
  fragment: 'an object',
  fragments: 'a list of objects',
}

function fits(value: unknown, shape: keyof typeof words): boolean {
  switch (shape) {
    case 'text':
      return typeof value === 'string'
    case 'number':
      return typeof value === 'number'
    case 'flag':
      return typeof value === 'boolean'
    case 'texts':
      return isObject(value) && Object.values(value).every((one) => typeof one === 'string')
    case 'fragment':
      return isObject(value)
    case 'fragments':
      return Array.isArray(value) && value.every(isObject)
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
