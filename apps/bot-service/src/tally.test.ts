import { createEmitter, HOUR_MS } from "@shoal/kernel";
import type { MatchmakerEvents } from "@shoal/matchmaker";
import { createSimulatedClock } from "@shoal/testkit";
import { expect, it } from "vitest";
import { createTally } from "./tally.ts";

it("does not count a match as live for ever whose end another replica has heard of", async () => {
  const clock = createSimulatedClock();
  const events = createEmitter<MatchmakerEvents>();
  const joins = { total: 0, refused: 0 };
  const budgets = { joins: { used: 0, allowed: 0 } };
  const stats = { joins, budgets, sockets: { open: 0, connecting: 0 }, slots: { held: 0 }, errorsByClass: {} };
  const parts = {
    clock,
    pool: { getStats: () => stats },
    matchmaker: { events, waitingCount: 0 },
    manager: { events: createEmitter(), counts: () => ({}) },
    lobby: { events: createEmitter(), peopleCount: null },
  };
  const tally = createTally(parts as unknown as Parameters<typeof createTally>[0]);
  for (const matchId of ["here", "elsewhere"]) events.emit("match:live", { matchId });
  events.emit("match:ended", { matchId: "here", reason: "idle" });
  expect(tally.snapshot().matches.live).toBe(1);
  await clock.advance(25 * HOUR_MS);
  expect(tally.snapshot().matches.live).toBe(0);
  tally.close();
  expect(events.listenerCount).toBe(0);
});
