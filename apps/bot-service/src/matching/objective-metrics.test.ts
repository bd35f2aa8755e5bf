import { createEmitter } from "@shoal/kernel";
import type { BucketWait, MatchmakerEvents } from "@shoal/matchmaker";
import { createMetrics } from "@shoal/monitor";
import { readSeries } from "@shoal/testkit";
import { expect, it } from "vitest";
import { observeObjective } from "./objective-metrics.ts";

const seat = { id: "ann", name: "Ann", bot: false, ticketId: "t" };
const match = { matchId: "m", roomId: "r", seats: [seat, seat] } as const;

function observe(slaMs: number | null, line: readonly BucketWait[] = []) {
  const metrics = createMetrics();
  const events = createEmitter<MatchmakerEvents>(() => {});
  const seen = { line };
  observeObjective(metrics, events, { slaMs }, () => seen.line);
  const made = (bucket: string, ...waitMs: number[]) => events.emit("match:made", { match, waitMs, bucket });
  const read = async () => {
    const series = await readSeries(metrics);
    return Object.fromEntries(Object.entries(series).filter(([name]) => name.startsWith("shoal_match_wait_objective")));
  };
  return { made, read, seen };
}

it("counts who waited longer than the objective, and who still does, by bucket", async () => {
  const row = { waiting: 3, longestWaitMs: 31_000, missed: 2 };
  const { made, read, seen } = observe(20_000, [{ bucket: "language=de", ...row }]);
  made("language=de", 20_000, 20_001);
  expect(await read()).toEqual({
    shoal_match_wait_objective_seconds: 20,
    'shoal_match_wait_objective_people_total{bucket="language=de",outcome="met"}': 1,
    'shoal_match_wait_objective_people_total{bucket="language=de",outcome="missed"}': 1,
    'shoal_match_wait_objective_overdue{bucket="language=de"}': 2,
    'shoal_match_wait_objective_longest_seconds{bucket="language=de"}': 31,
  });
  seen.line = [];
  expect(await read()).toMatchObject({ 'shoal_match_wait_objective_overdue{bucket="language=de"}': 0 });
});

it("makes no label of an id, nor of the hundredth thing that somebody says", async () => {
  const { made, read } = observe(1_000);
  made("tag=0b0e1f6c-3f4e-4d57-9a29-0a2c0a8a1d10", 1);
  for (let n = 0; n < 100; n += 1) made(`tag=${String.fromCharCode(97 + (n % 26), 97 + Math.floor(n / 26))}`, 1);
  const series = Object.keys(await read()).filter((name) => name.includes('outcome="met"'));
  expect(series).toHaveLength(25);
  expect(series.join()).toContain('bucket="other"');
  expect(series.join()).not.toContain("0b0e1f6c");
});

it("measures nothing without an objective", async () => {
  const { made, read } = observe(null, [{ bucket: "all", waiting: 1, longestWaitMs: 1, missed: 0 }]);
  made("all", 1);
  expect(await read()).toEqual({ shoal_match_wait_objective_seconds: 0 });
});
