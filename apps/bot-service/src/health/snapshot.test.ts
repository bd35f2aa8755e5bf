import { createEmitter, HOUR_MS } from "@shoal/kernel";
import type { MatchmakerEvents } from "@shoal/matchmaker";
import { createSimulatedClock } from "@shoal/testkit";
import { expect, it } from "vitest";
import { createSnapshots } from "./snapshot.ts";

it("does not count a match as live for ever whose end another replica has heard of", async () => {
  const clock = createSimulatedClock();
  const events = createEmitter<MatchmakerEvents>();
  const joins = { total: 0, refused: 0 };
  const budgets = { joins: { used: 0, allowed: 0 } };
  const stats = { joins, budgets, sockets: { open: 0, connecting: 0 }, slots: { held: 0 }, errorsByClass: {} };
  const sources = {
    clock,
    pool: { getStats: () => stats },
    matchmaker: { events, waitingCount: 0 },
    registry: { events: createEmitter() },
    manager: { counts: () => ({}) },
    lobby: { events: createEmitter(), peopleCount: null },
  };
  const snapshots = createSnapshots(sources as unknown as Parameters<typeof createSnapshots>[0]);
  for (const matchId of ["here", "elsewhere"]) events.emit("match:live", { matchId });
  events.emit("match:ended", { matchId: "here", reason: "idle" });
  expect(snapshots.snapshot().matches.live).toBe(1);
  await clock.advance(25 * HOUR_MS);
  expect(snapshots.snapshot().matches.live).toBe(0);
  snapshots.close();
  expect(events.listenerCount).toBe(0);
});
