// The Prometheus exporter beside the master, a native sidecar so that it does not keep the Job from completing.
import type { LocustTestSpec } from '../../api/locust/locust-types.ts'
import { ports } from '../pods/names.ts'
import type { LoadTestSettings } from '../settings.ts'

/** OpenTelemetry brings its own metrics; the CR's wish wins over the operator's setting. */
export const hasExporter = (spec: LocustTestSpec, settings: LoadTestSettings): boolean =>
  !spec.observability?.openTelemetry?.enabled &&
  (spec.observability?.metricsExporter?.enabled ?? settings.exporter.enabled)

export const exporterContainer = ({ exporter }: LoadTestSettings) => ({
  name: 'locust-metrics-exporter',
  image: exporter.image,
  imagePullPolicy: exporter.pullPolicy,
  restartPolicy: 'Always',
  ports: [{ containerPort: exporter.port }],
  env: [
    { name: 'LOCUST_EXPORTER_URI', value: `http://localhost:${ports.web}` },
    { name: 'LOCUST_EXPORTER_WEB_LISTEN_ADDRESS', value: `:${exporter.port}` },
  ],
  resources: exporter.resources,
  securityContext: {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    readOnlyRootFilesystem: true,
  },
})
