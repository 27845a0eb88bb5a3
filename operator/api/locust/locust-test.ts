// The LocustTest kind, version v2 of group locust.io: what a user writes and what the operator reports.
// Types only, so that the load-test operator carries no schema library; the CRD is in locust-test-schema.ts.

/** A piece of a core/v1 object that is handed on to Kubernetes as the user wrote it. */
type CoreFragment = { readonly [field: string]: unknown }
export type EnvVar = CoreFragment & { name: string; value?: string }
export type Volume = CoreFragment & { name: string }
export type VolumeMount = CoreFragment & { name: string; mountPath: string }
export type ResourceRequirements = {
  requests?: Record<string, string | number>
  limits?: Record<string, string | number>
  claims?: CoreFragment[]
}

type RoleSpec = {
  command: string
  resources?: ResourceRequirements
  labels?: Record<string, string>
  annotations?: Record<string, string>
  extraArgs?: string[]
  /** Laid over the pod template that the operator makes. */
  podTemplate?: {
    metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> }
    spec?: Record<string, unknown>
  }
}
type MasterSpec = RoleSpec & {
  autostart?: boolean
  autoquit?: { enabled: boolean; timeout?: number }
}
type WorkerSpec = RoleSpec & { replicas: number }

type MountTarget = 'master' | 'worker' | 'both'
export type Limits = {
  /** Largest share of failed requests, as a decimal such as "0.01". */
  failureRatio?: string
  /** Response times in milliseconds. */
  p95Ms?: number
  p99Ms?: number
  averageMs?: number
  /** Fewest requests a second over the whole test, as a decimal. */
  minRequestsPerSecond?: string
}
export type Thresholds = Limits & { requests?: (Limits & { name: string; method?: string })[] }

type ReportFormat = 'html' | 'csv' | 'json'
/** Exactly one of the targets. */
export type ReportSpec = {
  formats?: ReportFormat[]
  configMap?: Record<string, never>
  persistentVolumeClaim?: { claimName: string; path?: string }
  uploadTo?: {
    bucket: string
    prefix?: string
    region?: string
    endpoint?: string
    secretRef: string
  }
}

export type LocustTestSpec = {
  image: string
  imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never'
  imagePullSecrets?: { name: string }[]
  master: MasterSpec
  worker: WorkerSpec
  testFiles?: {
    configMapRef?: string
    libConfigMapRef?: string
    srcMountPath?: string
    libMountPath?: string
  }
  scheduling?: {
    affinity?: CoreFragment
    tolerations?: CoreFragment[]
    nodeSelector?: Record<string, string>
    runtimeClassName?: string
    priorityClassName?: string
    serviceAccountName?: string
    topologySpreadConstraints?: CoreFragment[]
  }
  env?: {
    configMapRefs?: { name: string; prefix?: string; optional?: boolean }[]
    secretRefs?: { name: string; prefix?: string; optional?: boolean }[]
    variables?: EnvVar[]
    secretMounts?: { name: string; mountPath: string; readOnly?: boolean }[]
  }
  volumes?: Volume[]
  volumeMounts?: (VolumeMount & { target?: MountTarget })[]
  security?: { podSecurityContext?: CoreFragment; containerSecurityContext?: CoreFragment }
  observability?: {
    metricsExporter?: { enabled: boolean }
    openTelemetry?: {
      enabled: boolean
      endpoint?: string
      protocol?: 'grpc' | 'http/protobuf'
      insecure?: boolean
      extraEnvVars?: Record<string, string>
    }
  }
  thresholds?: Thresholds
  report?: ReportSpec
  suspend?: boolean
  startDeadlineSeconds?: number
  maxDurationSeconds?: number
  ttlSecondsAfterFinished?: number
}

type Phase = 'Pending' | 'Running' | 'Succeeded' | 'Failed'
export type RequestFigures = {
  name: string
  method?: string
  requests: number
  failures: number
  requestsPerSecond: string
  failureRatio: string
  averageMs: number
  medianMs: number
  p95Ms: number
  p99Ms: number
}
export type Results = Omit<RequestFigures, 'name' | 'method'> & {
  state: string
  users: number
  observedAt: string
  /** True once the test is over and the figures stay. */
  final?: boolean
  /** The requests with most failures, then the slowest, at most 10. */
  worst?: RequestFigures[]
}
/** Of a LocustTest or a LocustSchedule. */
export type LocustCondition = {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason: string
  message: string
  lastTransitionTime: string
  observedGeneration?: number
}
export type LocustTestStatus = {
  phase?: Phase
  observedGeneration?: number
  expectedWorkers?: number
  connectedWorkers?: number
  /** Since when the test may start: its creation, its rerun, or the end of its suspension. */
  wantedSince?: string
  /** When the Locust master began. */
  startTime?: string
  completionTime?: string
  /** Passed or Failed, once the test is over. */
  verdict?: 'Passed' | 'Failed'
  results?: Results
  /** Where the report of the run is; empty when it could not be stored. */
  report?: { location: string }
  /** Value of the annotation locust.io/rerun that this run was begun for. */
  rerun?: string
  /** Digest of the spec that this run was started from. */
  runSpec?: string
  /** Selector of the worker pods, for the scale subresource. */
  workerSelector?: string
  conditions?: LocustCondition[]
}

export const locustTest = {
  group: 'locust.io',
  version: 'v2',
  kind: 'LocustTest',
  plural: 'locusttests',
  namespaced: true,
} as const

/** A new value runs a test that is over once more, from the spec as it is then. */
export const rerunAnnotation = 'locust.io/rerun'

/** Defaults of the CRD, for objects that were stored before the API server filled them in. */
export const mountPaths = { src: '/lotest/src', lib: '/opt/locust/lib' } as const
