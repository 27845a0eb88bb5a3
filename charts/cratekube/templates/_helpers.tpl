{{- define "cratekube.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{ include "cratekube.selector" . }}
{{- end }}

{{- define "cratekube.selector" -}}
app.kubernetes.io/name: cratekube
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "cratekube.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ if not .Values.image.tag }}{{ with .Values.image.digest }}@{{ . }}{{ end }}{{ end }}
{{- end }}

{{/* What the schema cannot say, because it takes two values together. */}}
{{- define "cratekube.validate" -}}
{{- $file := hasPrefix "file://" .Values.state.backendUrl }}
{{- if and $file (gt (int .Values.worker.replicas) 1) (not (has "ReadWriteMany" .Values.state.volume.accessModes)) }}
{{- fail (printf "worker.replicas: expected at most 1 while state.backendUrl is %s and state.volume.accessModes lacks ReadWriteMany, got %v" .Values.state.backendUrl .Values.worker.replicas) }}
{{- end }}
{{- if and (not $file) (eq .Values.engine "embedded") }}
{{- fail (printf "state.backendUrl: expected file://..., the only backend of engine embedded, got %s" .Values.state.backendUrl) }}
{{- end }}
{{- if and (not $file) (not .Values.state.awsConfigSecret.name) (not .Values.state.sharedWithTenants) }}
{{- fail (printf "state.awsConfigSecret.name: expected a Secret with credentials of CrateKube's own for %s, or state.sharedWithTenants: true, got none" .Values.state.backendUrl) }}
{{- end }}
{{- if and .Values.state.secretsProvider (eq .Values.engine "embedded") }}
{{- fail (printf "state.secretsProvider: expected none with engine embedded, got %s" .Values.state.secretsProvider) }}
{{- end }}
{{- if and .Values.redis.caConfigMap.name (not .Values.redis.urlSecret.name) }}
{{- fail (printf "redis.caConfigMap.name: expected none without redis.urlSecret.name, for the bundled Redis has no TLS, got %s" .Values.redis.caConfigMap.name) }}
{{- end }}
{{- $least := add (mul 2 .Values.worker.graceSeconds) 30 }}
{{- if lt (int .Values.worker.terminationGracePeriodSeconds) (int $least) }}
{{- fail (printf "worker.terminationGracePeriodSeconds: expected at least %v, twice worker.graceSeconds and 30 more, got %v" $least .Values.worker.terminationGracePeriodSeconds) }}
{{- end }}
{{- end }}

{{/* Where Redis is, for manager and worker alike. */}}
{{- define "cratekube.redisEnv" -}}
- name: CRATEKUBE_REDIS_URL
{{- if .Values.redis.urlSecret.name }}
  valueFrom:
    secretKeyRef:
      name: {{ .Values.redis.urlSecret.name }}
      key: {{ .Values.redis.urlSecret.key }}
{{- else }}
  value: redis://cratekube@{{ .Release.Name }}-redis:6379/0
- name: CRATEKUBE_REDIS_PASSWORD
  valueFrom:
    secretKeyRef: {{- include "cratekube.redisPassword" . | nindent 6 }}
{{- end }}
{{- if .Values.redis.caConfigMap.name }}
- name: CRATEKUBE_REDIS_CA_FILE
  value: /etc/cratekube/redis-ca/ca.crt
{{- end }}
- name: CRATEKUBE_REDIS_PREFIX
  value: {{ .Values.redis.prefix | quote }}
{{- end }}

{{/* Where the password of the bundled Redis is. */}}
{{- define "cratekube.redisPassword" -}}
{{- with .Values.redis.bundled.passwordSecret -}}
name: {{ .name | default (printf "%s-redis" $.Release.Name) }}
key: {{ ternary .key "password" (ne .name "") | quote }}
{{- end }}
{{- end }}

{{/* The way out, for manager and worker alike. */}}
{{- define "cratekube.proxyEnv" -}}
{{- with .Values.proxy }}
{{- if or .url .urlSecret.name }}
{{- range $name := list "HTTPS_PROXY" "HTTP_PROXY" }}
- name: {{ $name }}
{{- if $.Values.proxy.urlSecret.name }}
  valueFrom:
    secretKeyRef:
      name: {{ $.Values.proxy.urlSecret.name }}
      key: {{ $.Values.proxy.urlSecret.key }}
{{- else }}
  value: {{ $.Values.proxy.url | quote }}
{{- end }}
{{- end }}
- name: NO_PROXY
  value: {{ .noProxy | quote }}
{{- end }}
{{- if .caConfigMap.name }}
# For Node; and for Pulumi and its plugins, which are written in Go.
- name: NODE_EXTRA_CA_CERTS
  value: /etc/cratekube/ca/ca.crt
- name: SSL_CERT_DIR
  value: /etc/ssl/certs:/etc/cratekube/ca
{{- end }}
{{- end }}
{{- end }}

{{- define "cratekube.caMount" -}}
{{- if .Values.proxy.caConfigMap.name }}
- { name: ca, mountPath: /etc/cratekube/ca, readOnly: true }
{{- end }}
{{- if .Values.redis.caConfigMap.name }}
- { name: redis-ca, mountPath: /etc/cratekube/redis-ca, readOnly: true }
{{- end }}
{{- end }}

{{- define "cratekube.caVolume" -}}
{{- range $volume, $from := dict "ca" .Values.proxy.caConfigMap "redis-ca" .Values.redis.caConfigMap }}
{{- with $from }}
{{- if .name }}
- name: {{ $volume }}
  configMap:
    name: {{ .name }}
    items:
      - { key: {{ .key | quote }}, path: ca.crt }
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "cratekube.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "cratekube.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- define "cratekube.scheduling" -}}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{ toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end }}
