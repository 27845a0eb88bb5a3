{{- define "loadtest.name" -}}
{{ .Values.fullnameOverride | default .Release.Name }}
{{- end }}

{{- define "loadtest.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (include "loadtest.name" .) }}
{{- end }}

{{/* Pods of tests run as "default" unless they name another. */}}
{{- define "loadtest.checkAccount" -}}
{{- if and (not .Values.k8s.clusterRole.enabled) (eq (include "loadtest.serviceAccount" .) "default") }}
{{- fail "serviceAccount.name: expected an account of the operator's own when tests share its namespace (k8s.clusterRole.enabled=false), got default" }}
{{- end }}
{{- end }}

{{- define "loadtest.selector" -}}
app.kubernetes.io/name: cratekube-loadtest
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "loadtest.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{ include "loadtest.selector" . }}
{{- end }}

{{/* Settings with a value become environment variables; call with a dict of prefix and resources. */}}
{{- define "loadtest.quantities" -}}
{{- $prefix := .prefix }}
{{- range $side, $suffix := dict "requests" "REQUEST" "limits" "LIMIT" }}
{{- range $key, $name := dict "cpu" "CPU" "memory" "MEM" "ephemeralStorage" "EPHEMERAL" }}
{{- with index (index $.resources $side | default dict) $key }}
- { name: {{ $prefix }}_{{ $name }}_{{ $suffix }}, value: {{ . | quote }} }
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* Webhooks need rights on the CRD and on their own configuration. "true" or nothing. */}}
{{- define "loadtest.webhook" -}}
{{- if and .Values.webhook.enabled .Values.k8s.clusterRole.enabled }}true{{ end }}
{{- end }}

{{/* "true" when cert-manager issues the webhook's certificates, or nothing. */}}
{{- define "loadtest.certManager" -}}
{{- if and (include "loadtest.webhook" .) .Values.webhook.certManager.enabled }}true{{ end }}
{{- end }}

{{- define "loadtest.webhookName" -}}
{{ include "loadtest.name" . }}-webhook
{{- end }}

{{- define "loadtest.limits" -}}
{{ include "loadtest.name" . }}-limits
{{- end }}

{{/* A namespaced operator judges its own namespace only. */}}
{{- define "loadtest.admissionScope" -}}
{{- if not .Values.k8s.clusterRole.enabled -}}
namespaceSelector:
  matchLabels: { kubernetes.io/metadata.name: {{ .Release.Namespace }} }
{{- end }}
{{- end }}

{{/* Of a policy: what was there before it stays writable in its labels, and can be stopped. */}}
{{- define "loadtest.asksForSomething" -}}
- name: asks-for-something
  expression: >-
    request.operation == 'CREATE' || (dyn(object.?spec.orValue({})) != dyn(oldObject.?spec.orValue({}))
    && !dyn(object.?spec.orValue({})).?suspend.orValue(false))
{{- end }}
