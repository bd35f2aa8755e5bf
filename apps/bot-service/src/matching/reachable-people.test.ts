import type { Matchmaker, OpenTicket } from "@shoal/matchmaker";
import { expect, it } from "vitest";
import { buildFleetConfig } from "../fleet-config.ts";
import { ticketView } from "../http/http.test-support.ts";
import { onlyReachable } from "./reachable-people.ts";

const asked: OpenTicket[] = [];
const matchmaker = {
  async openTicket(ticket: OpenTicket) {
    asked.push(ticket);
    return ticketView;
  },
} as unknown as Matchmaker;
const { topics } = buildFleetConfig({}, { disclosure: true });

it.each([
  ["a".repeat(241), true],
  ["a".repeat(242), false],
  ["\u{1F41F}".repeat(60), true],
  ["\u{1F41F}".repeat(61), false],
])("opens a ticket only for who can be told of a match: %s", async (userId, isReachable) => {
  asked.splice(0);
  const opened = onlyReachable(matchmaker, topics).openTicket({ userId, source: "api" });
  if (isReachable) expect(await opened).toBe(ticketView);
  else await expect(opened).rejects.toMatchObject({ code: "MATCH_INVALID_TICKET", details: { field: "userId" } });
  expect(asked).toHaveLength(isReachable ? 1 : 0);
});

it("goes by the topics of the fleet file", async () => {
  const long = { ...topics, user: (id: string) => `${"p".repeat(240)}${id}` };
  const opened = onlyReachable(matchmaker, long).openTicket({ userId: "1234567", source: "lobby" });
  await expect(opened).rejects.toMatchObject({ code: "MATCH_INVALID_TICKET" });
});

it("refuses the ticket alone of whom the fleet file makes no topic", async () => {
  const user = (id: string) => {
    if (id === "odd") throw new Error("no such person");
    return `p:${id}`;
  };
  const reachable = onlyReachable(matchmaker, buildFleetConfig({ topics: { user } }, {}).topics);
  await expect(reachable.openTicket({ userId: "odd", source: "lobby" })).rejects.toMatchObject({
    code: "MATCH_INVALID_TICKET",
    details: { field: "userId" },
  });
  expect(await reachable.openTicket({ userId: "ada", source: "lobby" })).toBe(ticketView);
});
