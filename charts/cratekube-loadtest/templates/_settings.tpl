{{/* The operator's settings, under upstream's environment names. */}}
{{- define "loadtest.settings" -}}
{{- $pods := .Values.locustPods -}}
- { name: LOCUST_POD_SECURITY, value: {{ $pods.podSecurity | quote }} }
- { name: ENABLE_AFFINITY_CR_INJECTION, value: {{ $pods.affinityInjection | quote }} }
- { name: ENABLE_TAINT_TOLERATIONS_CR_INJECTION, value: {{ $pods.tolerationsInjection | quote }} }
- { name: METRICS_EXPORTER_ENABLED, value: {{ $pods.metricsExporter.enabled | quote }} }
- { name: METRICS_EXPORTER_IMAGE, value: {{ $pods.metricsExporter.image | quote }} }
- { name: METRICS_EXPORTER_PORT, value: {{ $pods.metricsExporter.port | quote }} }
- { name: METRICS_EXPORTER_IMAGE_PULL_POLICY, value: {{ $pods.metricsExporter.pullPolicy | quote }} }
{{- with $pods.runtimeClassName }}
- { name: DEFAULT_RUNTIME_CLASS_NAME, value: {{ . | quote }} }
{{- end }}
{{- if ne (toString $pods.ttlSecondsAfterFinished) "" }}
- { name: JOB_TTL_SECONDS_AFTER_FINISHED, value: {{ $pods.ttlSecondsAfterFinished | quote }} }
{{- end }}
- { name: LIMITS_CONFIG_MAP, value: {{ include "loadtest.limits" . }} }
{{- include "loadtest.quantities" (dict "prefix" "POD" "resources" $pods.resources) }}
{{- include "loadtest.quantities" (dict "prefix" "MASTER_POD" "resources" $pods.masterResources) }}
{{- include "loadtest.quantities" (dict "prefix" "WORKER_POD" "resources" $pods.workerResources) }}
{{- include "loadtest.quantities" (dict "prefix" "METRICS_EXPORTER" "resources" $pods.metricsExporter.resources) }}
{{- $kafka := dict "bootstrapServers" "KAFKA_BOOTSTRAP_SERVERS" "securityEnabled" "KAFKA_SECURITY_ENABLED" "securityProtocol" "KAFKA_SECURITY_PROTOCOL_CONFIG" "saslMechanism" "KAFKA_SASL_MECHANISM" "saslJaasConfig" "KAFKA_SASL_JAAS_CONFIG" "username" "KAFKA_USERNAME" }}
{{- range $key, $name := $kafka }}
{{- $value := index $.Values.kafka $key }}
{{- if ne (toString $value) "" }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- end }}
{{- end }}
