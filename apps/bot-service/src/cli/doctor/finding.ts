/** All checks, in the order of the report. */
export const CHECKS = [
  "service key",
  "anon key",
  "api token",
  "channel access",
  "dns",
  "tcp",
  "http",
  "clock",
  "upgrade",
  "http broadcast",
  "limits",
  "join",
  "broadcast",
  "presence",
  "private topic",
  "strangers",
  "database",
  "database clock",
  "database writes",
  "pooler",
  "migrations",
  "slow statements",
  "policies",
  "publication",
  "replication",
  "postgres changes",
  "pgmq",
  "bot control",
  "replies",
  "replicas",
  "strategies",
  "strategy orders",
  "deleted users",
  "encryption key",
  "market",
  "sandbox",
] as const;

export type CheckName = (typeof CHECKS)[number];

/** `warn`: the daemon works, but worse than it could, or something optional cannot be used. */
export type CheckStatus = "ok" | "warn" | "fail" | "skipped";

/** Numbers by name; each name ends in its unit. */
export type Figures = Readonly<Record<string, number>>;

/** Result of one check. */
export interface Finding {
  readonly status: CheckStatus;
  /** What the check found, in words and numbers with units. */
  readonly found: string;
  /** What to do about it. Only with `warn` and `fail`. */
  readonly todo?: string;
  readonly figures?: Figures;
}

export interface CheckResult extends Finding {
  readonly name: CheckName;
}

export const ok = (found: string, figures: Figures = {}): Finding => ({ status: "ok", found, figures });
export const warn = (found: string, todo: string, figures: Figures = {}): Finding => ({
  status: "warn",
  found,
  todo,
  figures,
});
export const fail = (found: string, todo: string, figures: Figures = {}): Finding => ({
  status: "fail",
  found,
  todo,
  figures,
});
export const skipped = (found: string): Finding => ({ status: "skipped", found });

/** Writes a duration for people: `0.8 ms`, `12 ms`, `1,204 ms`. */
export function inMs(durationMs: number): string {
  const shown = Math.abs(durationMs) < 10 ? Math.round(durationMs * 10) / 10 : Math.round(durationMs);
  return `${inNumber(shown)} ms`;
}

/** Writes a number with a comma between thousands. */
export function inNumber(value: number): string {
  return value.toLocaleString("en-US");
}
