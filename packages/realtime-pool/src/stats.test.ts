import { createEmitter } from "@shoal/kernel";
import { expect, it } from "vitest";
import { countEvents } from "./stats.ts";
import type { PoolEvents } from "./types.ts";

it("sums up the latest 1,024 join replies and heartbeats, and is zero before the first", () => {
  const events = createEmitter<PoolEvents>(() => {});
  const counters = countEvents(events);
  expect(counters.responseMs()).toEqual({ mean: 0, p50: 0, p95: 0, p99: 0 });
  const join = (joinMs: number) => events.emit("channel:joined", { topic: "a", clientId: "b", attempt: 1, joinMs });
  for (let ms = 100; ms > 50; ms -= 1) join(ms);
  for (let ms = 50; ms >= 1; ms -= 1) events.emit("heartbeat:answered", { socketId: "s", roundTripMs: ms });
  expect(counters.responseMs()).toEqual({ mean: 50.5, p50: 50, p95: 95, p99: 99 });
  for (let count = 0; count < 5000; count += 1) join(10_000);
  for (let count = 0; count < 1024; count += 1) join(5);
  expect(counters.responseMs()).toEqual({ mean: 5, p50: 5, p95: 5, p99: 5 });
});
