import { printable, printableJson } from "@shoal/kernel";
import { REDACTED, redactText } from "@shoal/monitor";
import type { CheckResult, CheckStatus } from "./finding.ts";

export interface Report {
  /** Host and the source of its address; never a credential. */
  readonly subject: string;
  readonly results: readonly CheckResult[];
}

/** Returns the report without secrets: a server may quote a key, a driver a URL. */
export function redactReport({ subject, results }: Report, secrets: readonly (string | null)[]): Report {
  const known = secrets.filter((secret): secret is string => secret !== null && secret !== "");
  const clean = (text: string) => known.reduce<string>((left, one) => left.replaceAll(one, REDACTED), redactText(text));
  return {
    subject: clean(subject),
    results: results.map(({ found, todo, ...rest }) => ({
      ...rest,
      found: clean(found),
      ...(todo === undefined ? {} : { todo: clean(todo) }),
    })),
  };
}

/** Returns 1 if a check failed or the run was interrupted, else 0. */
export function exitCodeOfReport({ results }: Report, wasInterrupted: boolean): 0 | 1 {
  return wasInterrupted || results.some(({ status }) => status === "fail") ? 1 : 0;
}

export function countByStatus({ results }: Report): Record<CheckStatus, number> {
  const counts = { ok: 0, warn: 0, fail: 0, skipped: 0 };
  for (const { status } of results) counts[status] += 1;
  return counts;
}

const SIGN: Readonly<Record<CheckStatus, string>> = { ok: "ok", warn: "WARN", fail: "FAIL", skipped: "-" };

/** Draws the table for people. */
export function drawReport(report: Report): string {
  const { subject, results } = report;
  const nameWidth = Math.max(...results.map(({ name }) => name.length));
  const examined = results.filter(({ status }) => status !== "skipped");
  const lines = examined.flatMap(({ name, status, found, todo }) => {
    const start = `  ${SIGN[status].padEnd(6)}${name.padEnd(nameWidth + 2)}`;
    return [`${start}${printable(found)}`, ...(todo ? [`${" ".repeat(start.length)}-> ${printable(todo)}`] : [])];
  });
  const { ok, warn, fail, skipped } = countByStatus(report);
  const sum = `${ok} ok, ${warn} to look at, ${fail} failed, ${skipped} skipped`;
  const left = drawSkipped(results.filter(({ status }) => status === "skipped"));
  return `${[`shoal doctor: ${printable(subject)}`, "", ...lines, ...left, "", sum].join("\n")}\n`;
}

/** Draws the checks skipped for one reason in one line, so that they do not hide those that failed. */
function drawSkipped(results: readonly CheckResult[]): string[] {
  const byReason = Map.groupBy(results, ({ found }) => found);
  const lines = [...byReason].map(
    ([why, same]) => `  -     ${same.map(({ name }) => name).join(", ")}: ${printable(why)}`,
  );
  return lines.length > 0 ? ["", "not examined", ...lines] : [];
}

/** Writes the report as one line of JSON, for programs. */
export function jsonReport(report: Report): string {
  const { subject, results } = report;
  const counts = countByStatus(report);
  const checks = results.map(({ name, status, found, todo = null, figures = {} }) => ({
    name,
    status,
    found,
    todo,
    figures: Object.fromEntries(Object.entries(figures).map(([key, value]) => [key, Math.round(value * 10) / 10])),
  }));
  return `${printableJson({ subject, ok: counts.fail === 0, counts, checks })}\n`;
}
