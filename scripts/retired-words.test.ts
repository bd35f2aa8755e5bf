import { expect, test } from "vitest";
import { findRetiredWords, retiredWords } from "./retired-words.ts";

const POOL = "packages/realtime-pool/src/a.ts";
const QUEUE = "packages/job-queue/src/a.ts";

/** A file and a line in it that has the word. */
const samples: [old: string, path: string, line: string][] = [
  ["introductions, introduce", "apps/bot-service/src/introductions.ts", ""],
  ["introductions, introduce", "a.ts", "const offs = introduce({"],
  ["Crew", "a.ts", "const crew = new BotCrew();"],
  ["Hand", "a.ts", "interface Hand {"],
  ["MatchDesk", "a.ts", "new RetryingMatchDesk()"],
  ["MatchDesk", "apps/bot-service/src/fleet/match-desk.ts", ""],
  ["LobbyDesk", "a.ts", "readonly desk: LobbyDesk;"],
  ["JobDesk, OperatorDesk", "a.ts", "createOperatorDesk()"],
  ["JobDesk, OperatorDesk", "packages/job-queue/src/jobs/job-desk.ts", ""],
  ["ControlDesk", "a.ts", "createControlDesk()"],
  ["OperationDesk", "a.ts", "operation: OperationDesk"],
  ["TicketDesk", "a.ts", "tickets: TicketDesk"],
  ["Room of the pool", POOL, "readonly #room = new Room();"],
  ["hasRoom, getRoom, onRoom, NO_ROOM", "a.ts", "feeder.onRoom();"],
  ["zod's uuid, which wants a version", "a.ts", "id: z.uuid(),"],
  ["Standing", "a.ts", "createStanding({})"],
  ["unknownOf", "a.ts", "standing.unknownOf(topic)"],
  ["Subject", POOL, "export interface Subject {"],
  ["Leg, Legs", "a.ts", "createInngestLeg()"],
  ["Leg, Legs", "a.ts", "class Legs {"],
  ["Leg, Legs", "README.md", "Inngest's leg"],
  ["Leg, Legs", "packages/realtime-pool/src/leg.state.ts", ""],
  ["inngest/slots.ts", "packages/job-queue/src/inngest/slots.ts", ""],
  ["heed", "a.ts", "host.heed(this, failure);"],
  ["Line", QUEUE, "export interface Line {"],
  ["Line", "packages/job-queue/src/pgmq/line.test.ts", ""],
  ["Feeder", "a.ts", "createFeeder()"],
  ["Heart", QUEUE, "createHeart(lines)"],
  ["Settler", "a.ts", "createSettler()"],
  ["tellSettled", "a.ts", "tellSettled(events)"],
  ["Turns", "a.ts", "createTurns()"],
  ["takeTurn, job_turn", "a.sql", "create function shoal.job_turn("],
  ["Crowd", QUEUE, "createCrowd<Limited>()"],
  ["Holdings", QUEUE, "createHoldings()"],
  ["Held, HeldJob", QUEUE, "new Held(row)"],
  ["Held, HeldJob", QUEUE, "job: HeldJob"],
  ["isHopeful, hope", "a.ts", "isHopeful = true;"],
  ["isHopeful, hope", "a.ts", "hope();"],
  ["letters", "README.md", "shoal jobs letters --queue q"],
  ["LobbyMeans", "a.ts", "means: LobbyMeans"],
  ["Look, Found", "a.ts", "export interface Look {"],
  ["Audible", "a.ts", "events: Audible<Events>"],
  ["OfJob", "a.ts", "new OfJob(job)"],
  ["NOBODY", QUEUE, "handler ?? NOBODY"],
  ["knock", "a.ts", "...knock[access]"],
  ["present()", "apps/bot-service/src/http/a.ts", "present(query)"],
  ["namesakes", "a.ts", "createNamesakes()"],
  ["given id", "a.ts", "hasGivenId: true"],
  ["tally", "a.ts", "const tally: Tally"],
];

test.each(samples)("refuses %s: %s %s", (old, path, line) => {
  const found = findRetiredWords(path, `first\n${line}`);
  expect(found.map(({ rule }) => rule)).toContainEqual(expect.stringContaining(`(${old}): say `));
  expect(found[0]?.line).toBe(line === "" ? 0 : 2);
});

test("has a sample of each word", () => {
  expect(new Set(samples.map(([old]) => old))).toEqual(new Set(retiredWords.map(({ old }) => old)));
});

test.each([
  [POOL, "the room on a socket, and whatever is held or found there"],
  ["docs/a.md", "A line is looked at by hand; the support desk has room, and hope."],
  ["docs/a.md", "Legal and legacy rules; a heartbeat each second; it turns out that nobody settled it"],
  ["packages/matchmaker/src/a.ts", "/** Turns what was found into events. */"],
  ["packages/matchmaker/src/a.ts", 'const NOBODY = "00000000"; makeCrowd(people); present(change);'],
  ["examples/support-desk.fleet.config.ts", "old letters and dead letters"],
  [QUEUE, "Held back until the line is short; inline; onLine; the subject of a mail; standing orders"],
  ["scripts/retired-words.ts", "createFeeder()"],
  ["CHANGELOG.md", "`shoal jobs letters` is now `shoal jobs dead-letters`"],
])("leaves ordinary words alone: %s %s", (path, line) => {
  expect(findRetiredWords(path, line)).toEqual([]);
});
