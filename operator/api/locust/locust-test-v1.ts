// LocustTest v1, the deprecated first version: its spec, and nothing else, since its status was always empty.

export type LocustTestV1Spec = {
  masterCommandSeed: string
  workerCommandSeed: string
  /** Defaults to 1. */
  workerReplicas?: number
  image: string
  imagePullPolicy?: 'Always' | 'IfNotPresent' | 'Never'
  imagePullSecrets?: string[]
  configMap?: string
  libConfigMap?: string
  labels?: { master?: Record<string, string>; worker?: Record<string, string> }
  annotations?: { master?: Record<string, string>; worker?: Record<string, string> }
  affinity?: {
    nodeAffinity?: { requiredDuringSchedulingIgnoredDuringExecution?: Record<string, string> }
  }
  tolerations?: {
    key: string
    operator: 'Exists' | 'Equal'
    value?: string
    effect: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute'
  }[]
}
