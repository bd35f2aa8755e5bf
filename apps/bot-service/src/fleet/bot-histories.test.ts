import { createEmitter } from "@shoal/kernel";
import { createSimulatedClock } from "@shoal/testkit";
import { expect, it } from "vitest";
import { createBotHistories } from "./bot-histories.ts";
import type { RegistryEvents } from "./bot-registry.ts";

type Change = RegistryEvents["bot:changed"];

function listen() {
  const events = createEmitter<RegistryEvents>();
  const clock = createSimulatedClock();
  const histories = createBotHistories(events, clock);
  const change = (botId: string, to: Change["to"], rest: Partial<Change> = {}) =>
    events.emit("bot:changed", { botId, from: "idle", to, matchId: null, errorCode: null, ...rest });
  const statesOf = (botId: string) => histories.of(botId).map(({ state }) => state);
  return { histories, clock, change, statesOf };
}

it("remembers what a bot went through, with its match and the code of its crash, across the bots that run for one id", async () => {
  const { histories, clock, change } = listen();
  change("sam", "joining", { matchId: "m1" });
  await clock.advance(1000);
  change("sam", "crashed", { errorCode: "KIND_BROKEN" });
  change("sam", "idle");
  const startedAt = new Date(clock.now() - 1000).toISOString();
  expect(histories.of("sam")).toEqual([
    { at: startedAt, state: "joining", matchId: "m1", errorCode: null },
    { at: new Date(clock.now()).toISOString(), state: "crashed", matchId: null, errorCode: "KIND_BROKEN" },
    { at: new Date(clock.now()).toISOString(), state: "idle", matchId: null, errorCode: null },
  ]);
  expect(histories.of("nobody")).toEqual([]);
  histories.close();
  change("sam", "stopped");
  expect(histories.of("sam")).toHaveLength(3);
});

it("keeps the last 16 changes of 2,000 bots, and of those that have ended rather who crashed than who stopped", () => {
  const { change, statesOf } = listen();
  change("broken", "crashed");
  change("gone", "stopped");
  for (let bot = 0; bot < 1998; bot += 1) change(`bot ${bot}`, "idle");
  change("new", "idle");
  expect(statesOf("gone")).toEqual([]);
  expect(statesOf("broken")).toEqual(["crashed"]);
  for (let turn = 0; turn < 20; turn += 1) change("new", turn % 2 === 0 ? "joining" : "idle");
  expect(statesOf("new")).toHaveLength(16);
});
