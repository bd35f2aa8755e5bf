{{/* Takes a dict of `root` and `component`, which is fleet or worker. */}}
{{- define "shoal.name" -}}
{{- $release := .root.Release.Name -}}
{{- $base := ternary $release (printf "%s-shoal" $release) (contains "shoal" $release) | replace "." "-" | trunc 50 | trimSuffix "-" -}}
{{- eq .component "worker" | ternary (printf "%s-worker" $base) $base -}}
{{- end }}

{{/* Never changes during the life of a Deployment, so it says nothing of version or role. */}}
{{- define "shoal.selector" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "shoal.labels" -}}
{{ include "shoal.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{/* The role by which a component of this release runs. */}}
{{- define "shoal.role" -}}
{{- if eq .component "worker" -}}worker{{- else -}}{{ ternary "fleet" "all" .root.Values.worker.enabled }}{{- end -}}
{{- end }}

{{/* YAML's numbers arrive as floats, which would be written as 1e+06. */}}
{{- define "shoal.text" -}}
{{- if and (kindIs "float64" .) (eq . (floor .)) -}}{{ int64 . }}{{- else -}}{{ . }}{{- end -}}
{{- end }}

{{/* Kubernetes' own rules for how fast the number of replicas changes. KEDA hands them on. */}}
{{- define "shoal.scalingBehavior" -}}
scaleUp:
  stabilizationWindowSeconds: 0
  policies:
    - type: Pods
      value: 4
      periodSeconds: 60
scaleDown:
  stabilizationWindowSeconds: {{ int64 .Values.autoscaling.scaleDownAfterSeconds }}
  # One at a time: each hands its conversations over to those that stay.
  policies:
    - type: Pods
      value: 1
      periodSeconds: 60
{{- end }}

{{/* 10 s more than the daemon takes for its drain: for `preStop`, and for what a slow node takes. */}}
{{- define "shoal.graceSeconds" -}}
{{- add (div (add (int64 .Values.drainTimeoutMs) 999) 1000) 10 -}}
{{- end }}
