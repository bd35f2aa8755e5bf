import { HOUR_MS, type LogFields, silentLog } from "@shoal/kernel";
import { testRuntime } from "@shoal/testkit";
import { expect, it } from "vitest";
import { preparedQueues } from "./prepared-queues.ts";

it("handles messages once somebody has installed pgmq, however late, and does not hold up the rest until then", async () => {
  const base = testRuntime();
  const told: unknown[] = [];
  const runtime = {
    ...base,
    log: { ...silentLog, error: (fields: LogFields) => void told.push(fields["error_message"]) },
  };
  let isThere = false;
  const install = async () => {
    if (!isThere) throw new Error("the extension pgmq is not available");
  };
  const queues = preparedQueues({ isWanted: true, runtime, install });
  let readyCount = 0;
  const stop = new AbortController();
  await queues.prepare(stop.signal, () => {
    readyCount += 1;
  });
  await base.clock.advance(HOUR_MS);
  expect([readyCount, told, queues.health().state]).toEqual([0, ["the extension pgmq is not available"], "degraded"]);
  isThere = true;
  await base.clock.advance(HOUR_MS);
  expect([readyCount, queues.health().state, base.clock.pendingTimers]).toEqual([1, "ok", 0]);
});

it("asks no more once the daemon drains", async () => {
  const { clock, ...runtime } = testRuntime();
  const stop = new AbortController();
  const install = () => Promise.reject(new Error("the extension pgmq is not available"));
  const prepared = preparedQueues({ isWanted: true, runtime: { ...runtime, clock }, install });
  await prepared.prepare(stop.signal, () => {});
  stop.abort(new Error("the daemon drains"));
  await clock.advance(0);
  expect(clock.pendingTimers).toBe(0);
});
