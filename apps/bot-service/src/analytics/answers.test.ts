import { createEmitter, FleetError, HOUR_MS, MINUTE_MS, SECOND_MS } from "@shoal/kernel";
import { createSimulatedClock, type SimulatedClock } from "@shoal/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import type { AnswerTable, Taken } from "./answer-table.ts";
import { Answers, type ServedAnswer } from "./answers.ts";
import { createDatabaseTime } from "./database-time.ts";
import type { AnalyticsEvents } from "./events.ts";
import { ANALYTICS_QUERIES, type AnalyticsQuery, answerKey } from "./queries.ts";
import type { SharedCache } from "./shared-cache.ts";

const queryOf = (name: string): AnalyticsQuery => {
  const query = ANALYTICS_QUERIES.find((each) => each.name === name);
  if (!query) throw new Error(`there is no query ${name}`);
  return query;
};
const growth = queryOf("user_growth");
const asked = growth.parameters.parse({});
const LEASE_MS = 12 * SECOND_MS;

/** What `shoal.analytics_take` and `analytics_put` do (their own tests are in test/analytics-answers.test.ts), on a simulated clock. */
function tableOfTest(clock: SimulatedClock) {
  interface Row {
    value: string | null;
    madeMs: number | null;
    asOfMs: number;
    holder: string | null;
    heldUntilMs: number;
  }
  const rows = new Map<string, Row>();
  const table = {
    changedMs: Number.NEGATIVE_INFINITY,
    failure: undefined as Error | undefined,
    takeCount: 0,
    /** So long the word that another daemon asks is under way. */
    waitTakesMs: 0,
    rows,
    tell: (_key: string, _madeMs: number) => {},
    of(holder: string): AnswerTable {
      return {
        async take({ query, version, key }, knownMs): Promise<Taken> {
          table.takeCount += 1;
          if (table.failure) throw table.failure;
          const nowMs = clock.now();
          const row = rows.getOrInsertComputed(`${version}:${key}`, () => ({
            ...{ value: null, madeMs: null, asOfMs: 0, holder: null, heldUntilMs: 0 },
          }));
          const ageMs = nowMs - (row.madeMs ?? Number.NEGATIVE_INFINITY);
          const isYoung = ageMs < query.floorMs;
          const isUnchanged = !isYoung && ageMs < query.ttlMs && table.changedMs < (row.madeMs ?? 0);
          const value = row.madeMs === knownMs ? null : row.value;
          const found = {
            value,
            madeMs: row.madeMs,
            asOfMs: isUnchanged ? nowMs : row.asOfMs,
            nowMs,
            seen: null,
            waitMs: 0,
          };
          if (isYoung || isUnchanged) return { ...found, kind: "answer" };
          if (row.heldUntilMs > nowMs && row.holder !== holder) {
            const { promise, resolve } = Promise.withResolvers<void>();
            if (table.waitTakesMs > 0) clock.after(table.waitTakesMs, resolve);
            else resolve();
            await promise;
            return { ...found, kind: "wait", waitMs: row.heldUntilMs - nowMs };
          }
          Object.assign(row, { holder, heldUntilMs: nowMs + LEASE_MS });
          return { ...found, kind: "refresh", seen: "1" };
        },
        async put({ version, key }, { data, madeMs, asOfMs }) {
          if (table.failure) throw table.failure;
          const value = JSON.stringify(data);
          rows.set(`${version}:${key}`, { value, madeMs, asOfMs, holder: null, heldUntilMs: 0 });
          table.tell(key, madeMs);
        },
        async giveUp({ version, key }) {
          const row = rows.get(`${version}:${key}`);
          if (row?.holder === holder) Object.assign(row, { holder: null, heldUntilMs: clock.now() + 2 * SECOND_MS });
        },
      };
    },
  };
  return table;
}

/** Redis, as a map. */
function sharedOfTest() {
  const values = new Map<string, unknown>();
  let getCount = 0;
  const cache: SharedCache = {
    async get(key) {
      getCount += 1;
      return values.get(key);
    },
    async set(key, value) {
      values.set(key, JSON.parse(JSON.stringify(value)));
    },
    status: () => ({ isUp: true, problem: null, since: 0 }),
    close: async () => {},
  };
  return { values, cache, getCount: () => getCount };
}

function fleet(replicaCount = 1, { shared }: { readonly shared?: SharedCache } = {}) {
  const clock = createSimulatedClock();
  const table = tableOfTest(clock);
  const control = { queryMs: 0, failure: undefined as Error | undefined, queryCount: 0, running: 0, most: 0 };
  const served: AnalyticsEvents["answer:served"][] = [];
  const failed: AnalyticsEvents["answer:failed"][] = [];
  const seen = { coalesced: 0 };
  const replicas = Array.from({ length: replicaCount }, (_, index) => {
    const events = createEmitter<AnalyticsEvents>();
    events.on("answer:served", (event) => void served.push(event));
    events.on("answer:failed", (event) => void failed.push(event));
    events.on("answer:coalesced", () => {
      seen.coalesced += 1;
    });
    const answers = new Answers({
      runtime: { clock },
      reader: {
        async read() {
          control.queryCount += 1;
          control.running += 1;
          control.most = Math.max(control.most, control.running);
          const asOf = new Date(clock.now());
          try {
            const { promise, resolve } = Promise.withResolvers<void>();
            if (control.queryMs > 0) clock.after(control.queryMs, resolve);
            else resolve();
            await promise;
            if (control.failure) throw control.failure;
            return {
              asOf,
              data: [{ day: "2026-01-01", at: asOf.toISOString(), new_users: control.queryCount, total_users: 9 }],
            };
          } finally {
            control.running -= 1;
          }
        },
      },
      table: table.of(`replica-${index}`),
      time: createDatabaseTime(clock),
      events,
      versionOf: () => "1",
      shared: () => shared,
    });
    onTestFinished(async () => {
      await answers.close();
      expect(answers.busyCount).toBe(0);
    });
    return answers;
  });
  const [first] = replicas;
  if (!first) throw new Error("a fleet has a replica");
  const connect = () => {
    table.tell = (key, madeMs) => replicas.forEach((each) => void each.told(key, madeMs));
  };
  return { clock, table, control, served, failed, seen, replicas, first, connect };
}

const numberOf = ({ answer }: ServedAnswer) => (answer.data as { new_users: number }[])[0]?.new_users;
const AWAY = new FleetError("STORE_UNAVAILABLE", "away", { retryable: true });

describe("a question that nobody has asked before", () => {
  it("costs one query, however many ask at once", async () => {
    const { first, control, seen, served } = fleet();
    const answers = await Promise.all(Array.from({ length: 100 }, () => first.ask(growth, asked)));
    expect(answers.map(numberOf)).toEqual(Array.from({ length: 100 }, () => 1));
    expect(control.queryCount).toBe(1);
    expect(seen.coalesced).toBe(99);
    expect(new Set(served.map(({ result, layer }) => `${result} ${layer}`))).toEqual(new Set(["miss database"]));
  });

  it("costs one query on all replicas together, which tell each other", async () => {
    const { replicas, control, clock, connect, seen, table } = fleet(3);
    connect();
    control.queryMs = 100;
    const answers = Promise.all(replicas.map((each) => each.ask(growth, asked)));
    await clock.advance(100);
    expect((await answers).map(numberOf)).toEqual([1, 1, 1]);
    expect(control.queryCount).toBe(1);
    expect(seen.coalesced).toBe(2);
    // One that made it, and two that asked before and after.
    expect(table.takeCount).toBe(5);
    expect(clock.pendingTimers).toBe(0);
  });

  it("costs one query also where no replica can tell another", async () => {
    const { replicas, control, clock } = fleet(3);
    control.queryMs = 700;
    const answers = Promise.all(replicas.map((each) => each.ask(growth, asked)));
    await clock.advance(1000);
    expect((await answers).map(numberOf)).toEqual([1, 1, 1]);
    expect(control.queryCount).toBe(1);
  });

  it("is asked by another replica where one has died over it", async () => {
    const { replicas, control, clock, first } = fleet(2);
    const [, second] = replicas;
    control.queryMs = HOUR_MS;
    const lost = first.ask(growth, asked).catch(() => {});
    await clock.advance(1);
    control.queryMs = 0;
    const answer = second?.ask(growth, asked);
    await clock.advance(LEASE_MS + 250);
    expect(await answer).toMatchObject({ isStale: false });
    expect(control.queryCount).toBe(2);
    await clock.advance(HOUR_MS);
    await lost;
  });

  it("is refused for now where another replica never answers, and leaves nothing behind", async () => {
    const { first, table, clock } = fleet();
    table.rows.set(`1:${answerKey(growth, asked)}`, {
      ...{ value: null, madeMs: null, asOfMs: 0, holder: "other", heldUntilMs: clock.now() + HOUR_MS },
    });
    const answer = first.ask(growth, asked);
    answer.catch(() => {});
    await clock.advance(21 * SECOND_MS);
    await expect(answer).rejects.toMatchObject({ code: "ANALYTICS_BUSY", retryable: true });
    expect(clock.pendingTimers).toBe(0);
  });

  it("is not asked again at once where that has failed", async () => {
    const { first, control, clock, failed } = fleet();
    control.failure = AWAY;
    await expect(first.ask(growth, asked)).rejects.toBe(AWAY);
    expect(failed).toEqual([{ query: "user_growth", code: "STORE_UNAVAILABLE" }]);
    control.failure = undefined;
    const answer = first.ask(growth, asked);
    await clock.advance(1);
    expect(control.queryCount).toBe(1);
    await clock.advance(2 * SECOND_MS);
    expect(numberOf(await answer)).toBe(2);
  });
});

it("refuses a question that is wrong in itself, which is no failure", async () => {
  const { first, control, failed } = fleet();
  control.failure = new FleetError("ANALYTICS_ZONE_UNKNOWN", "words", { details: { field: "zone" } });
  await expect(first.ask(growth, asked)).rejects.toBe(control.failure);
  expect(failed).toEqual([]);
});

describe("an answer", () => {
  it("is served from memory until it is as old as its floor, whatever changes", async () => {
    const { first, control, clock, table, served } = fleet();
    await first.ask(growth, asked);
    table.changedMs = clock.now();
    for (let count = 0; count < 59; count += 1) {
      await clock.advance(SECOND_MS);
      expect(await first.ask(growth, asked)).toMatchObject({ isStale: false, ageMs: (count + 1) * SECOND_MS });
    }
    expect([control.queryCount, table.takeCount]).toEqual([1, 1]);
    expect(served.slice(1).every(({ result, layer }) => result === "hit" && layer === "memory")).toBe(true);
  });

  it("is kept in memory as long as there is room, which its question takes too", async () => {
    const { first } = fleet();
    for (const letter of "abcdefghijklmnopqrst") {
      await first.ask(growth, { ...asked, currency: letter.repeat(1024 * 1024) });
    }
    const kept = [...first.kept()].map(({ key }) => key.at(-1));
    expect(kept.join("")).toBe("fghijklmnopqrst");
  });

  it("is as good as new where nothing has changed since", async () => {
    const { first, control, clock, table } = fleet();
    await first.ask(growth, asked);
    await clock.advance(MINUTE_MS);
    expect(await first.ask(growth, asked)).toMatchObject({ isStale: true, ageMs: MINUTE_MS });
    await clock.advance(1);
    expect(await first.ask(growth, asked)).toMatchObject({ isStale: false, ageMs: 1 });
    expect([control.queryCount, table.takeCount]).toEqual([1, 2]);
  });

  it("is made anew once on all replicas after a change, while the old one is served", async () => {
    const { replicas, control, clock, table, connect, first } = fleet(3);
    connect();
    for (const each of replicas) await each.ask(growth, asked);
    table.changedMs = clock.now();
    control.queryMs = 50;
    await clock.advance(MINUTE_MS);
    const old = await Promise.all(replicas.map((each) => each.ask(growth, asked)));
    expect(old.map(({ isStale }) => isStale)).toEqual([true, true, true]);
    await clock.advance(50);
    await Promise.all(replicas.map((each) => each.ask(growth, asked)));
    await clock.advance(1);
    const now = await Promise.all(replicas.map((each) => each.ask(growth, asked)));
    expect(now.map(numberOf)).toEqual([2, 2, 2]);
    expect(now.map(({ isStale }) => isStale)).toEqual([false, false, false]);
    expect(control.queryCount).toBe(2);
    expect(first.busyCount).toBe(0);
  });

  it("is found at once by a replica that is told while it still hears that it has to wait", async () => {
    const { replicas, control, clock, table, first, connect } = fleet(2);
    const [, second] = replicas;
    connect();
    for (const each of replicas) await each.ask(growth, asked);
    table.changedMs = clock.now();
    [control.queryMs, table.waitTakesMs] = [50, 60];
    await clock.advance(MINUTE_MS);
    await first.ask(growth, asked);
    await second?.ask(growth, asked);
    await clock.advance(60);
    await second?.ask(growth, asked);
    await clock.advance(1);
    expect(await second?.ask(growth, asked)).toMatchObject({ isStale: false });
    expect(control.queryCount).toBe(2);
  });

  it("is found a second later where no replica can tell another", async () => {
    const { replicas, control, clock, table, first } = fleet(2);
    const [, second] = replicas;
    for (const each of replicas) await each.ask(growth, asked);
    table.changedMs = clock.now();
    control.queryMs = 50;
    await clock.advance(MINUTE_MS);
    await first.ask(growth, asked);
    await second?.ask(growth, asked);
    await clock.advance(SECOND_MS);
    await second?.ask(growth, asked);
    await clock.advance(1);
    expect(await second?.ask(growth, asked)).toMatchObject({ isStale: false });
    expect(control.queryCount).toBe(2);
  });

  it("is waited for where there is only one older than its time to live", async () => {
    const { first, control, clock } = fleet();
    await first.ask(growth, asked);
    await clock.advance(growth.ttlMs);
    control.queryMs = 50;
    const answer = first.ask(growth, asked);
    await clock.advance(50);
    expect(numberOf(await answer)).toBe(2);
  });

  it("is not made while nobody asks", async () => {
    const { first, control, clock, table } = fleet();
    await first.ask(growth, asked);
    table.changedMs = clock.now();
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(HOUR_MS);
    expect([control.queryCount, table.takeCount]).toEqual([1, 1]);
  });

  it("is another one for each question", async () => {
    const { first, control } = fleet();
    const others = [{ zone: "Europe/Berlin" }, { range: "7d" }].map((given) => growth.parameters.parse(given));
    for (const parameters of [asked, ...others, asked]) await first.ask(growth, parameters);
    expect(control.queryCount).toBe(3);
    expect([...first.kept()].map(({ key }) => key)).toHaveLength(3);
  });

  it("leaves connections to others, however many are asked for", async () => {
    const { first, control, clock } = fleet();
    control.queryMs = 10;
    const zones = ["UTC", "Europe/Berlin", "Asia/Tokyo", "America/Lima", "Africa/Cairo"];
    const all = Promise.all(zones.map((zone) => first.ask(growth, growth.parameters.parse({ zone }))));
    await clock.advance(100);
    await all;
    expect([control.queryCount, control.most]).toEqual([5, 1]);
  });
});

describe("while the database is away", () => {
  it.each(["the query", "the table"])("serves what there is for an hour, and tries again (%s fails)", async (what) => {
    const { first, control, clock, table, failed } = fleet();
    await first.ask(growth, asked);
    if (what === "the query") control.failure = AWAY;
    else table.failure = AWAY;
    await clock.advance(growth.ttlMs + 1);
    expect(await first.ask(growth, asked)).toMatchObject({ isStale: true });
    const triedCount = failed.length;
    for (let count = 0; count < 20; count += 1) expect(await first.ask(growth, asked)).toMatchObject({ isStale: true });
    expect(failed).toHaveLength(triedCount);
    await clock.advance(3 * SECOND_MS);
    expect(await first.ask(growth, asked)).toMatchObject({ isStale: true });
    await clock.advance(1);
    expect(failed.length).toBeGreaterThan(triedCount);
    control.failure = undefined;
    table.failure = undefined;
    await clock.advance(3 * SECOND_MS);
    await first.ask(growth, asked);
    await clock.advance(1);
    expect(await first.ask(growth, asked)).toMatchObject({ isStale: false });
    control.failure = AWAY;
    table.failure = AWAY;
    await clock.advance(HOUR_MS + 1);
    await expect(first.ask(growth, asked)).rejects.toBe(AWAY);
  });
});

describe("with Redis", () => {
  const key = `1:${answerKey(growth, asked)}`;
  const rowOf = (clock: SimulatedClock) => ({
    ...{ day: "2026-01-01", at: new Date(clock.now()).toISOString(), new_users: 5, total_users: 9 },
  });
  const answerAt = (clock: SimulatedClock) => ({ madeMs: clock.now(), asOfMs: clock.now(), data: [rowOf(clock)] });

  it("takes what another replica has put there, without asking the database", async () => {
    const shared = sharedOfTest();
    const { replicas, table, served, control } = fleet(2, { shared: shared.cache });
    for (const each of replicas) await each.ask(growth, asked);
    expect([control.queryCount, table.takeCount]).toEqual([1, 1]);
    expect(served.map(({ result, layer }) => `${result} ${layer}`)).toEqual(["miss database", "hit redis"]);
  });

  it("does not ask Redis for what is in memory", async () => {
    const shared = sharedOfTest();
    const { first } = fleet(1, { shared: shared.cache });
    for (let count = 0; count < 10; count += 1) await first.ask(growth, asked);
    expect(shared.getCount()).toBe(1);
  });

  it.each<[string, (clock: SimulatedClock) => unknown]>([
    ["an older version's form", (clock) => ({ ...answerAt(clock), data: [{ day: "2026-01-01" }] })],
    ["another question's answer", (clock) => ({ ...answerAt(clock), data: { trades: 1 } })],
    ["no answer", () => ({})],
    ["nothing", () => null],
    ["a text", () => "answer"],
    ["an answer from the future", (clock) => ({ ...answerAt(clock), madeMs: clock.now() + HOUR_MS })],
    ["an answer as of the future", (clock) => ({ ...answerAt(clock), asOfMs: clock.now() + HOUR_MS })],
    ["an answer without its time", (clock) => ({ data: [rowOf(clock)] })],
    ["times that are none", (clock) => ({ ...answerAt(clock), madeMs: "1", asOfMs: null })],
    ["an answer older than its floor", (clock) => ({ ...answerAt(clock), madeMs: clock.now() - growth.floorMs })],
  ])("takes %s for a miss", async (_, value) => {
    const shared = sharedOfTest();
    const { first, control, clock } = fleet(1, { shared: shared.cache });
    shared.values.set(key, value(clock));
    expect(numberOf(await first.ask(growth, asked))).toBe(1);
    expect(control.queryCount).toBe(1);
    await clock.advance(1);
    expect(shared.values.get(key)).toMatchObject({ data: [{ new_users: 1 }] });
  });

  it("serves what Redis has while the database is away", async () => {
    const shared = sharedOfTest();
    const { first, table, clock } = fleet(1, { shared: shared.cache });
    shared.values.set(key, {
      ...answerAt(clock),
      madeMs: clock.now() - 10 * MINUTE_MS,
      asOfMs: clock.now() - 10 * MINUTE_MS,
    });
    table.failure = AWAY;
    expect(await first.ask(growth, asked)).toMatchObject({ isStale: true, ageMs: 10 * MINUTE_MS });
  });
});

it.each(["nonsense", "[{}]", "{}", "null"])("asks anew where the database has %s for an answer", async (value) => {
  const { first, control, table, clock } = fleet();
  const times = { madeMs: clock.now(), asOfMs: clock.now(), holder: null, heldUntilMs: 0 };
  table.rows.set(`1:${answerKey(growth, asked)}`, { ...times, value });
  expect(numberOf(await first.ask(growth, asked))).toBe(1);
  expect(control.queryCount).toBe(1);
});

it("does not share, or serve, an answer that is too large", async () => {
  const { clock } = fleet();
  const events = createEmitter<AnalyticsEvents>();
  const table = tableOfTest(clock);
  const data = Array.from({ length: 60_000 }, () => ({
    day: "2026-01-01",
    at: "2026-01-01T00:00:00Z",
    new_users: 1,
    total_users: 1,
  }));
  const answers = new Answers({
    ...{ runtime: { clock }, table: table.of("a"), time: createDatabaseTime(clock), events },
    ...{ reader: { read: async () => ({ data, asOf: new Date(0) }) }, versionOf: () => "1", shared: () => undefined },
  });
  await expect(answers.ask(growth, asked)).rejects.toMatchObject({
    code: "ANALYTICS_ANSWER_TOO_LARGE",
    retryable: false,
  });
  await answers.close();
});

it("ends its waits when it is closed, and serves what is in memory", async () => {
  const { first, clock, table } = fleet();
  await first.ask(growth, asked);
  const other = growth.parameters.parse({ zone: "Asia/Tokyo" });
  table.rows.set(`1:${answerKey(growth, other)}`, {
    ...{ value: null, madeMs: null, asOfMs: 0, holder: "other", heldUntilMs: clock.now() + HOUR_MS },
  });
  const waiting = first.ask(growth, other);
  waiting.catch(() => {});
  await clock.advance(10);
  const closing = first.close();
  await expect(waiting).rejects.toMatchObject({ code: "ANALYTICS_CLOSED", retryable: true });
  await closing;
  expect(clock.pendingTimers).toBe(0);
  expect(await first.ask(growth, asked)).toMatchObject({ isStale: false });
});
