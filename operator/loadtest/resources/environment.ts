// Environment of the Locust containers: operator-wide Kafka variables, OpenTelemetry, then the user's own.
import type { EnvVar, LocustTestSpec } from '../../api/locust/locust-types.ts'
import type { LoadTestSettings } from '../settings.ts'

export const environment = (spec: LocustTestSpec, settings: LoadTestSettings): EnvVar[] => [
  ...settings.kafka.map(([name, value]) => ({ name, value })),
  ...openTelemetry(spec),
  ...(spec.env?.variables ?? []),
]

export function environmentFrom(spec: LocustTestSpec) {
  const source =
    (kind: 'configMapRef' | 'secretRef') =>
    ({ name, prefix, optional }: { name: string; prefix?: string; optional?: boolean }) => ({
      ...(prefix && { prefix }),
      [kind]: { name, ...(optional && { optional }) },
    })
  return [
    ...(spec.env?.configMapRefs ?? []).map(source('configMapRef')),
    ...(spec.env?.secretRefs ?? []).map(source('secretRef')),
  ]
}

function openTelemetry(spec: LocustTestSpec): EnvVar[] {
  const otel = spec.observability?.openTelemetry
  if (!otel?.enabled) return []
  const extra = Object.entries(otel.extraEnvVars ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return [
    { name: 'OTEL_TRACES_EXPORTER', value: 'otlp' },
    { name: 'OTEL_METRICS_EXPORTER', value: 'otlp' },
    { name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: otel.endpoint ?? '' },
    { name: 'OTEL_EXPORTER_OTLP_PROTOCOL', value: otel.protocol ?? 'grpc' },
    ...(otel.insecure ? [{ name: 'OTEL_EXPORTER_OTLP_INSECURE', value: 'true' }] : []),
    ...extra.map(([name, value]) => ({ name, value })),
  ]
}
