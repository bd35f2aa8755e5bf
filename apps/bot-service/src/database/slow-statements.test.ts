import { createEmitter, type Log, type LogFields, MINUTE_MS, silentLog } from "@shoal/kernel";
import { createMetrics } from "@shoal/monitor";
import type { StoreEvents } from "@shoal/store";
import { createSimulatedClock, movedSeries } from "@shoal/testkit";
import { expect, it } from "vitest";
import { observeSlowStatements } from "./slow-statements.ts";

function observed(slowMs: number) {
  const events = createEmitter<StoreEvents>();
  const metrics = createMetrics();
  const clock = createSimulatedClock();
  const lines: LogFields[] = [];
  const log: Log = { ...silentLog, warn: (fields) => void lines.push(fields), child: () => log };
  observeSlowStatements(metrics, { events, slowMs, log, clock });
  const took = (name: string, durationMs: number) =>
    events.emit("statement:ended", { name, durationMs, errorCode: null });
  return { metrics, clock, lines, took };
}

it("counts slow statements by name, and has one line a minute for each name with how many came since", async () => {
  const { metrics, clock, lines, took } = observed(200);
  took("match_sweep", 199.9);
  for (const ms of [200, 900, 300]) took("match_sweep", ms);
  took("job_counts", 250);
  expect(lines).toEqual([
    { statement: "match_sweep", duration_ms: 200, slow_count: 1, longest_ms: 200 },
    { statement: "job_counts", duration_ms: 250, slow_count: 1, longest_ms: 250 },
  ]);
  await clock.advance(MINUTE_MS);
  took("match_sweep", 400);
  expect(lines.slice(2)).toEqual([{ statement: "match_sweep", duration_ms: 400, slow_count: 3, longest_ms: 900 }]);
  expect(await movedSeries(metrics)).toEqual({
    'shoal_db_slow_statements_total{statement="match_sweep"}': 4,
    'shoal_db_slow_statements_total{statement="job_counts"}': 1,
  });
});

it("finds none slow where it is switched off", async () => {
  const { metrics, lines, took } = observed(0);
  took("vacuum", MINUTE_MS);
  expect([lines, await movedSeries(metrics)]).toEqual([[], {}]);
});
