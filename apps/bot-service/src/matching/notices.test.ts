import { createEmitter, FleetError, type Log, MINUTE_MS, seededRng, silentLog, sleep } from "@shoal/kernel";
import type { Match, MatchmakerEvents } from "@shoal/matchmaker";
import { createSimulatedClock } from "@shoal/testkit";
import { describe, expect, it, vi } from "vitest";
import { buildFleetConfig } from "../fleet-config.ts";
import { leaveFor, notifyPeople } from "./notices.ts";
import { wireEvents } from "./wiring.ts";

const fleet = buildFleetConfig({}, { disclosure: true });
const person = (id: string) => ({ id, name: id, bot: false, ticketId: `t-${id}` });
const bot = { id: "bot-1", name: "Olive", bot: true, ticketId: null };
const matchOf = (...seats: Match["seats"]): Match => ({ matchId: "m1", roomId: "r1", seats });

function makePool(isAway = false) {
  const sent: unknown[] = [];
  const pool = {
    async broadcast(topic: string, event: string, payload: object) {
      if (isAway) throw new Error("Realtime is away");
      sent.push({ topic, event, ...payload });
    },
  };
  return { pool, sent };
}

const clock = createSimulatedClock();
const rng = seededRng(1);
const partsFor = (pool: { broadcast(topic: string, event: string, payload: object): Promise<void> }) => ({
  pool,
  fleet,
  runtime: { clock, rng },
  warn() {},
  limitMs: 8000,
  matchmaker: { noteUnreached: async () => {} },
});

describe("notifyPeople", () => {
  it("tells each person of two about the other", async () => {
    const { pool, sent } = makePool();
    await notifyPeople(matchOf(person("ada"), person("ben")), partsFor(pool));
    const common = { event: "stranger_matched", match_id: "m1", room_id: "r1" };
    expect(sent).toEqual([
      { topic: "user:ada", ...common, partner: { id: "ben", name: "ben", bot: false } },
      { topic: "user:ben", ...common, partner: { id: "ada", name: "ada", bot: false } },
    ]);
  });

  it("tells the other person when the fleet file writes no notice for the one", async () => {
    const { pool, sent } = makePool();
    const warned: unknown[] = [];
    const own = buildFleetConfig(
      {
        payloads: {
          writeNotice({ partner }) {
            if (partner.id === "ben") throw new Error("no such partner");
            return { with: partner.id };
          },
        },
      },
      {},
    );
    const warn = (_count: number, fields?: object) => void warned.push(fields);
    await notifyPeople(matchOf(person("ada"), person("ben")), { ...partsFor(pool), fleet: own, warn });
    expect(sent).toEqual([{ topic: "user:ben", event: "stranger_matched", with: "ada" }]);
    expect(warned).toMatchObject([{ user_id: "ada", error_code: "FLEET_VALUE_INVALID" }]);
  });

  it("tells a person about the bot, and the bot nothing", async () => {
    const { pool, sent } = makePool();
    await notifyPeople(matchOf(person("ada"), bot), partsFor(pool));
    expect(sent).toMatchObject([{ topic: "user:ada", partner: { id: "bot-1", name: "Olive", bot: true } }]);
  });

  it("tries again while it can be of use, when the pool gives up for its budget or the network", async () => {
    let tries = 0;
    const throttled = new FleetError("POOL_SEND_THROTTLED", "the budget stayed spent", { retryable: true });
    const pool = {
      async broadcast() {
        tries += 1;
        await sleep(clock, 3000);
        if (tries < 3) throw throttled;
      },
    };
    const notified = notifyPeople(matchOf(person("ada"), bot), partsFor(pool));
    await clock.advance(10_000);
    await notified;
    expect(tries).toBe(3);
  });

  it("gives up when the match can no longer be confirmed, and at once for what no further try can mend", async () => {
    const counting = (error: FleetError) => {
      const pool = {
        tries: 0,
        async broadcast() {
          pool.tries += 1;
          await sleep(clock, 3000);
          throw error;
        },
      };
      return pool;
    };
    const away = counting(new FleetError("POOL_NOTICE_FAILED", "away", { retryable: true }));
    const refused = counting(new FleetError("POOL_NOTICE_FAILED", "too large"));
    const notified = [away, refused].map((pool) => notifyPeople(matchOf(person("ada"), bot), partsFor(pool)));
    await clock.advance(30_000);
    await Promise.all(notified);
    expect([away.tries, refused.tries]).toEqual([3, 1]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("notes who was not told of a match, before the match is over", async () => {
    const startedMs = clock.monotonicMs();
    const noted: unknown[] = [];
    const matchmaker = {
      async noteUnreached(matchId: string, userId: string) {
        noted.push([matchId, userId, clock.monotonicMs() - startedMs]);
        throw new Error("the database is away");
      },
    };
    const pool = {
      async broadcast(topic: string) {
        if (topic === "user:ben") throw new FleetError("POOL_NOTICE_FAILED", "too large");
        // The budget of the project is spent.
        if (topic === "user:ada") await sleep(clock, 60_000);
      },
    };
    const notified = [
      notifyPeople(matchOf(person("ada"), person("ben")), { ...partsFor(pool), matchmaker }),
      notifyPeople(matchOf(person("cyd"), bot), { ...partsFor(pool), matchmaker }),
    ];
    await clock.advance(60_000);
    await Promise.all(notified);
    expect(noted).toEqual([
      ["m1", "ben", 0],
      ["m1", "ada", 7000],
    ]);
  });

  it("does not reject when no person can be notified", async () => {
    await expect(notifyPeople(matchOf(person("ada"), bot), partsFor(makePool(true).pool))).resolves.toBeUndefined();
  });
});

it("says once a minute, and not per match, that notices do not reach anybody", async () => {
  const events = createEmitter<MatchmakerEvents>();
  const time = createSimulatedClock();
  const counts: unknown[] = [];
  const log: Log = { ...silentLog, warn: (fields) => void counts.push(fields["dropped_count"]) };
  const offs = wireEvents({
    ...{ fleet, pool: makePool(true).pool, runtime: { clock: time, rng, log }, confirmMs: 8000 },
    registry: { events: createEmitter(), assign: () => true, matchLive() {}, matchOver: () => true },
    matchmaker: { match: async () => undefined, events, nudge() {}, noteUnreached: async () => {} },
    writer: { confirm() {}, confirmInRoom() {}, end() {} },
  });
  const make = async () => {
    for (let made = 0; made < 50; made += 1)
      events.emit("match:made", { match: matchOf(person("ada"), bot), waitMs: [], bucket: "all" });
    await time.advance(MINUTE_MS);
  };
  await make();
  await make();
  for (const off of offs) off();
  expect(counts).toEqual([1, 50]);
});

describe("leaveFor", () => {
  const lookUp = (match: Match | undefined) => ({ match: async () => match });

  it("leaves the room in the bot's name", async () => {
    const { pool, sent } = makePool();
    await leaveFor("m1", "replica_lost", { matchmaker: lookUp(matchOf(person("ada"), bot)), pool, fleet, warn() {} });
    expect(sent).toEqual([{ topic: "room:r1", event: "leave", from: "bot-1", reason: "replica_lost" }]);
  });

  it.each([
    ["an unknown match", undefined],
    ["two people", matchOf(person("ada"), person("ben"))],
  ])("says nothing for %s", async (_, match) => {
    const { pool, sent } = makePool();
    await leaveFor("m1", "replica_lost", { matchmaker: lookUp(match), pool, fleet, warn() {} });
    expect(sent).toEqual([]);
  });

  it("leaves in the name of both people of a match that an operator ended, so that each hears of the other", async () => {
    const { pool, sent } = makePool();
    const match = matchOf(person("ada"), person("ben"));
    await leaveFor("m1", "ended_by_operator", { matchmaker: lookUp(match), pool, fleet, warn() {} });
    const leave = { topic: "room:r1", event: "leave", reason: "ended_by_operator" };
    expect(sent).toEqual([
      { ...leave, from: "ada" },
      { ...leave, from: "ben" },
    ]);
  });

  it("is called for a match that another daemon's death ended, not for one of our own bots", async () => {
    const events = createEmitter<MatchmakerEvents>();
    const { pool, sent } = makePool();
    const over: string[] = [];
    const offs = wireEvents({
      ...{ fleet, pool, runtime: { clock: createSimulatedClock(), rng, log: silentLog }, confirmMs: 8000 },
      registry: {
        events: createEmitter(),
        assign: () => true,
        matchLive() {},
        matchOver: (matchId) => over.push(matchId) > 0 && matchId === "ours",
      },
      matchmaker: { ...lookUp(matchOf(person("ada"), bot)), events, nudge() {}, noteUnreached: async () => {} },
      writer: { confirm() {}, confirmInRoom() {}, end() {} },
    });
    for (const [matchId, reason] of [
      ["ours", "replica_lost"],
      ["theirs", "replica_lost"],
      ["other", "partner_left"],
    ] as const) {
      events.emit("match:ended", { matchId, reason });
    }
    // Another daemon has said the leave of this one.
    events.emit("match:lost", { matchId: "taken over" });
    for (const off of offs) off();
    await vi.waitFor(() =>
      expect(sent).toEqual([{ topic: "room:r1", event: "leave", from: "bot-1", reason: "replica_lost" }]),
    );
    expect(over).toEqual(["ours", "theirs", "other", "taken over"]);
    expect(events.listenerCount).toBe(0);
  });
});
