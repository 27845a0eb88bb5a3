// Operator-wide settings of the load-test operator, under the environment names and with the defaults of
// locust-k8s-operator. Only operator/bin/loadtest.ts reads the environment; everything else gets this object.

import type { Ceilings } from './admission/ceilings.ts'

type Quantities = { cpu: string; memory: string; 'ephemeral-storage': string }
type RoleQuantities = { requests: Partial<Quantities>; limits: Partial<Quantities> }

export type LoadTestSettings = {
  jobTtlSeconds: number | undefined
  pod: RoleQuantities
  master: RoleQuantities
  worker: RoleQuantities
  exporter: {
    enabled: boolean
    image: string
    port: number
    pullPolicy: string
    resources: RoleQuantities
  }
  kafka: [name: string, value: string][]
  injectAffinity: boolean
  injectTolerations: boolean
  runtimeClassName: string
  /** restricted adds what Pod Security "restricted" asks for; upstream leaves it to the CR. */
  podSecurity: 'upstream' | 'restricted'
  /** None as long as limits.ts does not say otherwise. */
  ceilings: Ceilings
}

type Env = Record<string, string | undefined>

/** Throws an Error that names the variable when a value cannot work. */
export function readSettings(env: Env): LoadTestSettings {
  const text = (name: string, fallback = '') => env[name] || fallback
  return {
    jobTtlSeconds: optionalInteger(env, 'JOB_TTL_SECONDS_AFTER_FINISHED'),
    pod: quantities(env, 'POD', podDefaults),
    master: quantities(env, 'MASTER_POD'),
    worker: quantities(env, 'WORKER_POD'),
    exporter: {
      enabled: flag(env, 'METRICS_EXPORTER_ENABLED', true),
      image: text('METRICS_EXPORTER_IMAGE', 'containersol/locust_exporter:v0.5.0'),
      port: optionalInteger(env, 'METRICS_EXPORTER_PORT') ?? 9646,
      pullPolicy: text('METRICS_EXPORTER_IMAGE_PULL_POLICY', 'Always'),
      resources: quantities(env, 'METRICS_EXPORTER', podDefaults),
    },
    kafka: kafkaDefaults.map(([name, fallback]) => [name, text(name, fallback)]),
    injectAffinity: flag(env, 'ENABLE_AFFINITY_CR_INJECTION', false),
    injectTolerations: flag(env, 'ENABLE_TAINT_TOLERATIONS_CR_INJECTION', false),
    runtimeClassName: runtimeClass(text('DEFAULT_RUNTIME_CLASS_NAME')),
    podSecurity: oneOf(env, 'LOCUST_POD_SECURITY', ['upstream', 'restricted']),
    ceilings: {},
  }
}

const podDefaults: RoleQuantities = {
  requests: { cpu: '250m', memory: '128Mi', 'ephemeral-storage': '30M' },
  limits: { cpu: '1000m', memory: '1024Mi', 'ephemeral-storage': '50M' },
}

const kafkaDefaults: [string, string][] = [
  ['KAFKA_BOOTSTRAP_SERVERS', 'localhost:9092'],
  ['KAFKA_SECURITY_ENABLED', 'false'],
  ['KAFKA_SECURITY_PROTOCOL_CONFIG', 'SASL_PLAINTEXT'],
  ['KAFKA_SASL_MECHANISM', 'SCRAM-SHA-512'],
  ['KAFKA_SASL_JAAS_CONFIG', ''],
  ['KAFKA_USERNAME', ''],
  ['KAFKA_PASSWORD', ''],
]

const suffixes = { cpu: 'CPU', memory: 'MEM', 'ephemeral-storage': 'EPHEMERAL' } as const

function quantities(env: Env, prefix: string, defaults?: RoleQuantities): RoleQuantities {
  const read = (side: 'REQUEST' | 'LIMIT', fallback?: Partial<Quantities>) => {
    const pairs = Object.entries(suffixes).flatMap(([resource, suffix]) => {
      const value = quantity(env, `${prefix}_${suffix}_${side}`, fallback?.[resource as 'cpu']) // a key of suffixes
      return value === undefined ? [] : [[resource, value]]
    })
    return Object.fromEntries(pairs) as Partial<Quantities>
  }
  return { requests: read('REQUEST', defaults?.requests), limits: read('LIMIT', defaults?.limits) }
}

/** `none` removes a default: upstream had no way to run without a CPU limit (its issue 237). */
function quantity(env: Env, name: string, fallback?: string): string | undefined {
  const value = env[name] || fallback
  if (value === undefined || value === 'none') return undefined
  if (!/^[0-9]+(\.[0-9]+)?(m|k|Ki|M|Mi|G|Gi|T|Ti|P|Pi|E|Ei)?$/.test(value))
    throw new Error(`${name}: expected a quantity such as 250m or 128Mi, got ${value}`)
  return value
}

function optionalInteger(env: Env, name: string): number | undefined {
  const value = env[name]
  if (!value) return undefined
  if (!/^[0-9]{1,9}$/.test(value)) throw new Error(`${name}: expected a whole number, got ${value}`)
  return Number(value)
}

function flag(env: Env, name: string, fallback: boolean): boolean {
  const value = env[name]?.toLowerCase()
  if (!value) return fallback
  if (value !== 'true' && value !== 'false')
    throw new Error(`${name}: expected true or false, got ${value}`)
  return value === 'true'
}

function oneOf<Name extends string>(env: Env, variable: string, names: [Name, ...Name[]]): Name {
  const value = env[variable] || names[0]
  const found = names.find((name) => name === value)
  if (!found) throw new Error(`${variable}: expected ${names.join(' or ')}, got ${value}`)
  return found
}

function runtimeClass(value: string): string {
  if (
    value.length > 253 ||
    !/^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(value)
  )
    throw new Error(`DEFAULT_RUNTIME_CLASS_NAME: expected a DNS name, got ${value}`)
  return value
}
