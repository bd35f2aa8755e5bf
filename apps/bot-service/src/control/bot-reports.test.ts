import type { Database } from "@shoal/store";
import { expect, it } from "vitest";
import { createBotReports } from "./bot-reports.ts";

/** Writes to a database that fails when told to; each is kept by what it says. */
function makeReports(givenAway: readonly string[] = []) {
  const written: unknown[] = [];
  const state = { failures: 0 };
  const database = {
    async query(_text: string, [, told, code]: readonly unknown[]) {
      if (state.failures > 0) {
        state.failures -= 1;
        throw new Error("away");
      }
      written.push(typeof told === "string" ? JSON.parse(told) : [told, code]);
      return [];
    },
  } as unknown as Database;
  const released: string[] = [];
  const keeper = { release: async (resources: readonly string[]) => void released.push(...resources) };
  const isGivenAway = (botId: string) => givenAway.includes(botId);
  const reports = createBotReports({ database, replicaId: "r", keeper, isGivenAway });
  return { reports, written, released, state };
}

it("hands bots back by their reasons, again and again until that has worked, after their leases", async () => {
  const { reports, written, released, state } = makeReports();
  reports.handBack("a", null);
  reports.handBack("b", "CONTROL_NO_ROOM");
  reports.handBack("c", null);
  state.failures = 1;
  await expect(reports.write()).rejects.toThrow("away");
  expect(released).toEqual(["bot:a", "bot:b", "bot:c"]);
  await reports.write();
  await reports.write();
  expect(written).toEqual([
    [["a", "c"], null],
    [["b"], "CONTROL_NO_ROOM"],
  ]);
});

it("hands no bot back that is held again by then, and frees no lease for the end of the bot before", async () => {
  const { reports, written, released } = makeReports();
  reports.handBack("a", null);
  reports.tell("b", "stopped", null);
  for (const botId of ["a", "b"]) reports.held(botId);
  await reports.write();
  expect([written, released]).toEqual([[], []]);
});

it("tells the others of a bot that has ended here for them, when it is free", async () => {
  const { reports, written, released } = makeReports(["given"]);
  for (const botId of ["given", "stopped"]) reports.tell(botId, "stopped", null);
  await reports.write();
  expect(written).toMatchObject([
    [{ botId: "given" }, { botId: "stopped" }],
    [["given"], null],
  ]);
  expect(new Set(released)).toEqual(new Set(["bot:given", "bot:stopped"]));
});

it("says nothing more of a bot whose lease was lost", async () => {
  const { reports, written } = makeReports();
  reports.tell("a", "running", null);
  reports.handBack("a", null);
  await reports.write();
  expect(written).toEqual([[["a"], null]]);
});
