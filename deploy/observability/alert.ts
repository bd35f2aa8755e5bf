/** `critical`: people are hurt now. `warning`: they will be, or something is lost without being noticed. */
export type Severity = "critical" | "warning";

export interface Alert {
  /** `Shoal…`; its runbook has the same name in `docs/runbooks/`. Two of one name differ in severity only. */
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly severity: Severity;
  readonly summary: string;
  /** With the number, by Prometheus' templates. */
  readonly description: string;
}

export const onDaemon = "{{ $labels.instance }}";
export const percent = "{{ $value | humanizePercentage }}";
export const seconds = "{{ $value | humanizeDuration }}";
/** `increase` of a counter is an estimate with a fraction. */
export const count = '{{ $value | printf "%.0f" }}';

interface Bounds {
  readonly warning: number;
  readonly critical: number;
}

type Words = Omit<Alert, "expr" | "severity">;

/** A warning from one number on, and in its place something critical from the other on: never both at once. */
export const twice = (series: string, { warning, critical }: Bounds, words: Words): Alert[] => [
  { ...words, severity: "warning", expr: `${series} >= ${warning} < ${critical}` },
  { ...words, severity: "critical", expr: `${series} >= ${critical}` },
];
