import { ensureQueues, installPgmq } from "@shoal/job-queue";
import { errorFields } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { backends, emptyTables, leakCheck, type TestDatabase, testDatabase, testRuntime } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseConfig } from "../src/config.ts";
import { alertPoster } from "../src/jobs/alert.ts";
import { calendarSync } from "../src/jobs/calendar-sync.ts";
import { jobHandlers } from "../src/jobs/handlers.ts";
import { housekeeping } from "../src/jobs/housekeeping.ts";
import { anyJob, contextOf, fakeWeb, messageOf } from "../src/jobs/job.test-support.ts";
import { metricsWriter } from "../src/jobs/metrics.ts";
import { orderCloser } from "../src/jobs/order-close.ts";
import { riskCheck } from "../src/jobs/risk-check.ts";

const leaks = leakCheck();
let test: TestDatabase;
let database: Database<string>;

/** Opens `database` for the tests of a block, and empties its tables before each. */
function useDatabase(open: () => Promise<TestDatabase>) {
  beforeAll(async () => {
    test = await open();
    database = test.database;
    await installPgmq(database);
    await ensureQueues(database, ["alerts"]);
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(() =>
    emptyTables(database, [
      "shoal.calendar_events",
      "shoal.calendar_feed",
      "shoal.alert_deliveries",
      "shoal.risk_alerts",
      "shoal.positions",
      "shoal.metric_samples",
      "pgmq.q_alerts",
    ]),
  );
}

const FEED_URL = "https://feed.example/calendar.json?token=secret";
const soon = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const meeting = { id: "a", title: "Meeting", starts_at: soon(1), room: "7" };
const fair = { id: "b", title: "Fair", starts_at: soon(2), ends_at: soon(3) };
const past = { id: "c", title: "Past", starts_at: soon(-1) };

const sync = (answer: () => Response, url = FEED_URL) => {
  const web = fakeWeb(answer);
  const { clock } = testRuntime();
  leaks.clock(clock);
  const handler = calendarSync({ database, fetch: web.fetch, clock, url });
  return { web, done: handler.run(anyJob, contextOf("k")) };
};
const feed = (events: unknown, headers: Record<string, string> = {}) => Response.json(events, { headers });
const titles = async () => {
  const rows = await database.query<{ title: string }>("select title from shoal.calendar_events order by id");
  return rows.map(({ title }) => title);
};

const urls = ["https://one.example/secret-1", "https://two.example/secret-2"];
const alert = { text: "It burns", blocks: [{ type: "divider" }], source: "x" };

const poster = (answer: Parameters<typeof fakeWeb>[0]) => {
  const web = fakeWeb(answer);
  const runtime = testRuntime();
  leaks.clock(runtime.clock);
  return { web, clock: runtime.clock, handler: alertPoster({ database, runtime, fetch: web.fetch, urls }) };
};
/** Lets time pass until the work is done. */
const finish = async (clock: ReturnType<typeof testRuntime>["clock"], work: Promise<unknown>) => {
  let isDone = false;
  const settled = work
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    .finally(() => {
      isDone = true;
    });
  while (!isDone) {
    await clock.advanceToNext();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return settled;
};

const close = (payload: Record<string, string | number>) =>
  orderCloser(database).run(messageOf(payload), contextOf("m"));

describe.each(backends())("the statements of the daemon's own jobs on the %s Postgres", (backend) => {
  useDatabase(() => testDatabase({ backend }));

  describe("calendar_sync", () => {
    it("makes the table what the feed says, and keeps what is past", async () => {
      expect(await sync(() => feed([meeting, fair, past])).done).toEqual({
        isUnchanged: false,
        added: 3,
        changed: 0,
        removed: 0,
      });
      expect(
        await database.query(
          "select title, details, ends_at is null as is_open from shoal.calendar_events where id in ('a', 'b')",
        ),
      ).toEqual([
        { title: "Meeting", details: { room: "7" }, is_open: true },
        { title: "Fair", details: {}, is_open: false },
      ]);
      const moved = { ...meeting, title: "Meeting, moved" };
      expect(await sync(() => feed({ events: [moved] })).done).toEqual({
        isUnchanged: false,
        added: 0,
        changed: 1,
        removed: 1,
      });
      expect(await titles()).toEqual(["Meeting, moved", "Past"]);
      expect(await sync(() => feed([moved])).done).toEqual({ isUnchanged: false, added: 0, changed: 0, removed: 0 });
    });

    it("asks whether anything has changed, and only of the feed that it knows", async () => {
      await sync(() => feed([meeting], { etag: '"v1"' })).done;
      const again = sync(() => new Response(null, { status: 304 }));
      expect(await again.done).toEqual({ isUnchanged: true });
      expect(again.web.requests[0]?.init.headers).toMatchObject({ "if-none-match": '"v1"' });
      const other = sync(() => feed([]), "https://other.example/");
      await other.done;
      expect(other.web.requests[0]?.init.headers).not.toHaveProperty("if-none-match");
      const back = sync(() => feed([meeting]));
      await back.done;
      expect(back.web.requests[0]?.init.headers).not.toHaveProperty("if-none-match");
    });
  });

  describe("risk_check", () => {
    const handler = () => riskCheck({ database, alertQueue: "alerts", maxLossPercent: 10 });

    const check = () => handler().run(anyJob, contextOf("k"));
    const open = (
      symbol: string,
      values: { side?: string; entry?: number; mark?: number | null; stop?: number | null; age?: number },
    ) =>
      database.query(
        `insert into shoal.positions (symbol, side, quantity, entry_price, mark_price, marked_at, stop_loss, opened_at)
         values ($1, $2, 1, $3::float8::numeric, $4::float8::numeric, clock_timestamp() - $6::int * interval '1 minute', $5::float8::numeric,
           clock_timestamp() - interval '1 day')`,
        [symbol, values.side ?? "long", values.entry ?? 100, values.mark ?? null, values.stop ?? null, values.age ?? 0],
      );
    const alerts = async () => {
      const rows = await database.query<{ message: { text: string; condition: string; positions: string[] } }>(
        "select message from pgmq.q_alerts order by msg_id",
      );
      return rows.map(({ message }) => message);
    };

    it("needs no queue where there is no position", async () => {
      const idle = riskCheck({ database, alertQueue: "unmade", maxLossPercent: 10 });
      expect(await idle.run(anyJob, contextOf("k"))).toEqual({ raised: 0, resolved: 0 });
      expect(await database.query("select from pgmq.meta where queue_name = 'unmade'")).toEqual([]);
    });

    it("raises a loss, a passed stop and a stale price, for long and short, and nothing for the others", async () => {
      await open("FINE", { mark: 90.01, stop: 80 });
      await open("LOSS-LONG", { mark: 90 });
      await open("LOSS-SHORT", { side: "short", mark: 110 });
      await open("STOP-LONG", { mark: 95, stop: 95 });
      await open("STOP-SHORT", { side: "short", mark: 105, stop: 104 });
      await open("STALE", { mark: 100, age: 16 });
      await open("CLOSED", { mark: 1 });
      await database.query("update shoal.positions set closed_at = clock_timestamp() where symbol = 'CLOSED'");
      expect(await check()).toEqual({ raised: 5, resolved: 0 });
      const found = await alerts();
      expect(found.map(({ condition, text }) => [condition, text.split(" ")[0]])).toEqual([
        ["loss", "LOSS-LONG"],
        ["loss", "LOSS-SHORT"],
        ["stop_passed", "STOP-LONG"],
        ["stop_passed", "STOP-SHORT"],
        ["stale_mark", "STALE"],
      ]);
      expect(found[0]?.text).toMatch(/^LOSS-LONG long \(position .*\): loss of 10\.00 %, the limit is 10 %$/);
    });

    it("counts from the opening when there was never a price", async () => {
      await open("OLD", { age: 0 });
      await database.query("update shoal.positions set marked_at = null");
      expect(await check()).toEqual({ raised: 1, resolved: 0 });
      await database.query("delete from shoal.positions");
      await open("NEW", { age: 0 });
      await database.query("update shoal.positions set marked_at = null, opened_at = clock_timestamp()");
      expect(await check()).toEqual({ raised: 0, resolved: 0 });
    });

    it("raises each once, also from two checks at the same time, and again only after it was resolved", async () => {
      await open("X", { mark: 50 });
      const both = await Promise.all([check(), check()]);
      expect(both.map((result) => (result as { raised: number }).raised).toSorted()).toEqual([0, 1]);
      expect(await check()).toEqual({ raised: 0, resolved: 0 });
      await database.query("update shoal.positions set mark_price = 100");
      expect(await check()).toEqual({ raised: 0, resolved: 1 });
      await database.query("update shoal.positions set mark_price = 50");
      expect(await check()).toEqual({ raised: 1, resolved: 0 });
      expect(await alerts()).toHaveLength(2);
    });

    it("makes one message of many alerts of a kind, and resolves those of closed positions", async () => {
      for (let index = 10; index < 35; index += 1) await open(`S${index}`, { mark: 100, age: 60 });
      expect(await check()).toEqual({ raised: 25, resolved: 0 });
      const [digest, ...others] = await alerts();
      expect(others).toEqual([]);
      expect(digest?.positions).toHaveLength(10);
      expect(digest?.text.split("\n")).toHaveLength(11);
      expect(digest?.text).toMatch(/S19 .*\n… and 15 more positions likewise$/s);
      await database.query("update shoal.positions set closed_at = clock_timestamp()");
      expect(await check()).toEqual({ raised: 0, resolved: 25 });
    });

    it("raises nothing that it cannot send", async () => {
      await open("X", { mark: 50 });
      await database.script("alter table pgmq.q_alerts add constraint stop check (false)");
      await expect(check()).rejects.toMatchObject({ code: "STORE_CONSTRAINT" });
      await database.script("alter table pgmq.q_alerts drop constraint stop");
      expect(await check()).toEqual({ raised: 1, resolved: 0 });
    });
  });

  describe("an alert", () => {
    it("is not posted again where it has arrived", async () => {
      let isTwoDown = true;
      const { web, handler, clock } = poster(
        (url) => new Response("", { status: url === urls[1] && isTwoDown ? 503 : 200 }),
      );
      const failure = await finish(clock, handler.run(messageOf(alert), contextOf("m2")));
      expect(failure).toMatchObject({ code: "ALERT_WEBHOOK_UNAVAILABLE", details: { webhook: 2, status: 503 } });
      expect(JSON.stringify([errorFields(failure), failure])).not.toMatch(/secret|example|burns/);
      expect(web.requests.filter(({ url }) => url === urls[1])).toHaveLength(3);
      isTwoDown = false;
      expect(await finish(clock, handler.run(messageOf(alert), contextOf("m2")))).toBeUndefined();
      expect(web.requests.filter(({ url }) => url === urls[0])).toHaveLength(1);
      expect(await finish(clock, handler.run(messageOf(alert), contextOf("m2")))).toBeUndefined();
      expect(web.requests).toHaveLength(5);
      expect(await database.query("select from shoal.alert_deliveries where webhook_key like '%example%'")).toEqual([]);
    });
  });

  describe("metrics", () => {
    it("keeps samples once, however often their message is read", async () => {
      const handler = metricsWriter(database);
      const samples = [
        { name: "fills", value: 2, labels: { venue: "x" } },
        { name: "fills", value: 2.5, at: "2026-05-01T10:00:00+02:00" },
      ];
      for (let read = 0; read < 2; read += 1) await handler.run(messageOf({ samples }), contextOf("m1"));
      await handler.run(messageOf({ name: "one", value: -1 }), contextOf("m2"));
      expect(
        await database.query(
          "select name, value, labels, sampled_at from shoal.metric_samples order by message_key, ordinal",
        ),
      ).toEqual([
        { name: "fills", value: 2, labels: { venue: "x" }, sampled_at: new Date("2026-01-01T00:00:00Z") },
        { name: "fills", value: 2.5, labels: {}, sampled_at: new Date("2026-05-01T08:00:00Z") },
        { name: "one", value: -1, labels: {}, sampled_at: new Date("2026-01-01T00:00:00Z") },
      ]);
    });
  });

  describe("order_close", () => {
    it("closes a position once", async () => {
      const [position] = await database.query<{ id: string }>(
        "insert into shoal.positions (symbol, side, quantity, entry_price) values ('X', 'long', 1, 100) returning id::text as id",
      );
      const id = position?.id ?? "";
      expect(await close({ position_id: id, close_price: 99.5, reason: "stop" })).toEqual({ isClosedNow: true });
      expect(await close({ position_id: id, close_price: 1 })).toEqual({ isClosedNow: false });
      expect(await database.query("select close_price, close_reason, closed_at from shoal.positions")).toEqual([
        { close_price: "99.5", close_reason: "stop", closed_at: new Date("2026-01-01T00:00:00Z") },
      ]);
    });

    it.each([
      99.5,
      1234567.123456789,
      0.1234567890123456,
      Number("100000000000.12345"),
      1e-7,
      1e21,
      "0.12345678901234567890",
      "1234567890123456789012.5",
    ])("keeps every digit of the price %s", async (price) => {
      const [position] = await database.query<{ id: string }>(
        "insert into shoal.positions (symbol, side, quantity, entry_price) values ('X', 'long', 1, 1) returning id::text as id",
      );
      await close({ position_id: position?.id ?? "", close_price: price });
      expect(
        await database.query(
          "select close_price = ($2::text)::numeric as is_same from shoal.positions where id = $1::uuid",
          [position?.id ?? "", String(price)],
        ),
      ).toEqual([{ is_same: true }]);
    });

    it.each([-1, "-0.5", "1,5", "", "NaN", "1e9999", true, null])("refuses the price %s", (price) => {
      const problem = orderCloser(database).check?.({ position_id: crypto.randomUUID(), close_price: price });
      expect(problem).toMatch(/^close_price: /);
    });

    it("gives up on a position that is not there", async () => {
      await expect(close({ position_id: "00000000-0000-0000-0000-000000000001" })).rejects.toMatchObject({
        code: "JOB_GIVEN_UP",
      });
    });
  });

  describe("housekeeping", () => {
    it("keeps house over a pool of its own, which it closes", async () => {
      await database.query(
        "insert into shoal.jobs (type, status, finished_at) values ('x', 'completed', clock_timestamp() - interval '8 days')",
      );
      // More than one batch.
      await database.query(
        `insert into shoal.market_candles select 'synthetic', 'BTC/USDT', '1m', date_trunc('minute', now()) - n * interval '1 minute',
           1, 1, 1, 1, 1 from generate_series(60000, 67500) n`,
      );
      const handler = housekeeping({ database: test.connect(1), archiveAfterDays: 7, queues: ["alerts"] });
      expect(await handler.run(anyJob, contextOf("k"))).toMatchObject({
        archivedJobs: 1,
        vacuumed: expect.arrayContaining(["shoal.jobs", "pgmq.q_alerts"]),
        deletedOfStrategies: { candles: 2501 },
      });
    });

    it("deletes old messages of the queues that the fleet file adds as well, and of no others", async () => {
      await ensureQueues(database, ["of_the_fleet", "of_others"]);
      for (const table of ["of_the_fleet", "of_the_fleet_dlq", "of_others"]) {
        await database.query(
          `insert into pgmq.a_${table} (msg_id, enqueued_at, vt, archived_at) select 1, at, at, at
           from (select clock_timestamp() - interval '91 days' as at) as old`,
        );
      }
      const { jobs } = jobHandlers({
        config: parseConfig({}).config,
        database,
        housekeepingDatabase: test.connect(1),
        runtime: testRuntime(),
        fleet: { queues: { of_the_fleet: { run: async () => {} } } },
      });
      expect(await jobs["housekeeping"]?.run(anyJob, contextOf("k"))).toMatchObject({
        deleted: { 'pgmq."a_of_the_fleet"': 1, 'pgmq."a_of_the_fleet_dlq"': 1 },
      });
      expect(await database.query("select msg_id::int as id from pgmq.a_of_others")).toEqual([{ id: 1 }]);
    });
  });
});

describe("the daemon's own jobs", () => {
  useDatabase(() => testDatabase());

  describe("calendar_sync", () => {
    it.each([
      ["no JSON", () => new Response("<html>"), "CALENDAR_FEED_INVALID"],
      ["no list", () => feed({ items: [] }), "CALENDAR_FEED_INVALID"],
      ["an event without a title", () => feed([fair, { id: "x", starts_at: soon(1) }]), "CALENDAR_FEED_INVALID"],
      ["a time without a zone", () => feed([{ ...fair, starts_at: "2026-01-01T00:00:00" }]), "CALENDAR_FEED_INVALID"],
      ["a year 0", () => feed([{ ...fair, starts_at: "0000-01-01T00:00:00Z" }]), "CALENDAR_FEED_INVALID"],
      ["no zone on Earth", () => feed([{ ...past, starts_at: "2026-01-01T00:00:00+16:00" }]), "CALENDAR_FEED_INVALID"],
      ["an end before its beginning", () => feed([{ ...fair, ends_at: soon(1) }]), "CALENDAR_FEED_INVALID"],
      ["what Postgres cannot hold", () => feed([{ ...fair, room: "\0" }]), "CALENDAR_FEED_INVALID"],
      [
        "half of a pair",
        () => new Response(`[{"id":"x","title":"t","starts_at":"${soon(1)}","n":"\\ud800"}]`),
        "CALENDAR_FEED_INVALID",
      ],
      [
        "nested 60,000 levels deep",
        () => new Response("[".repeat(60_000) + "]".repeat(60_000)),
        "CALENDAR_FEED_INVALID",
      ],
      ["a million numbers", () => new Response(`[${"0,".repeat(1_000_000)}0]`), "CALENDAR_FEED_INVALID"],
      ["more than 5 MB", () => feed([{ ...fair, text: "x".repeat(5 * 1024 * 1024) }]), "CALENDAR_FEED_TOO_LARGE"],
      ["an error", () => new Response("", { status: 502 }), "CALENDAR_FEED_UNAVAILABLE"],
      ["304 that nobody asked for", () => new Response(null, { status: 304 }), "CALENDAR_FEED_UNAVAILABLE"],
    ])("changes nothing when the feed is %s, and keeps its address to itself", async (_what, answer, code) => {
      await sync(() => feed([meeting])).done;
      const failure = await sync(answer).done.catch((thrown: unknown) => thrown);
      expect(failure).toMatchObject({ code });
      expect(JSON.stringify([errorFields(failure), failure])).not.toMatch(/secret|feed\.example/);
      expect(await titles()).toEqual(["Meeting"]);
    });

    it.each([
      ["another address of its host", "/v2.json", ["https://feed.example/v2.json"]],
      ["another host", "https://other.example/calendar.json", []],
      ["a host whose name begins with its own", "https://feed.example.evil.example/", []],
      ["its host without encryption", "http://feed.example/calendar.json", []],
      ["another port of its host", "https://feed.example:8443/calendar.json", []],
      ["this machine", "http://127.0.0.1:9640/api/jobs", []],
      ["a file", "file:///etc/passwd", []],
      ["nowhere", "http://", []],
      ["itself", FEED_URL, [FEED_URL, FEED_URL, FEED_URL]],
    ])(
      "that redirects to %s is followed within its host only, three times at most",
      async (_where, location, followed) => {
        const web = fakeWeb((url) =>
          url.endsWith("/v2.json") ? feed([meeting]) : new Response("", { status: 302, headers: { location } }),
        );
        const { clock } = testRuntime();
        leaks.clock(clock);
        const handler = calendarSync({ database, fetch: web.fetch, clock, url: FEED_URL });
        const outcome = await handler.run(anyJob, contextOf("k")).catch((thrown: unknown) => thrown);
        expect(web.requests.map(({ url }) => url)).toEqual([FEED_URL, ...followed]);
        expect(web.requests.every(({ init }) => init.redirect === "manual")).toBe(true);
        if (location === "/v2.json") expect(outcome).toMatchObject({ added: 1 });
        else expect(outcome).toMatchObject({ code: "CALENDAR_FEED_REDIRECTED", retryable: false });
        expect(JSON.stringify(errorFields(outcome))).not.toMatch(/secret|example|127\.0/);
      },
    );

    it("does not wait longer than 30 s, and ends with the job", async () => {
      const { clock } = testRuntime();
      leaks.clock(clock);
      const web = fakeWeb(() => new Promise(() => {}));
      const asked = () =>
        new Promise<void>((resolve) => {
          const look = () => (web.requests.length > 0 ? resolve() : setImmediate(look));
          look();
        });
      const handler = calendarSync({ database, fetch: web.fetch, clock, url: FEED_URL });
      const slow = handler.run(anyJob, contextOf("k"));
      slow.catch(() => {});
      await asked();
      await clock.advance(30_000);
      await expect(slow).rejects.toMatchObject({ code: "CALENDAR_FEED_UNAVAILABLE" });

      web.requests.length = 0;
      const abort = new AbortController();
      const cut = handler.run(anyJob, contextOf("k", abort.signal));
      cut.catch(() => {});
      await asked();
      const reason = new Error("lease lost");
      abort.abort(reason);
      await expect(cut).rejects.toBe(reason);
    });
  });

  describe("an alert", () => {
    it("is posted to each webhook as Slack takes it", async () => {
      const { web, handler, clock } = poster(() => new Response("ok"));
      expect(await finish(clock, handler.run(messageOf(alert), contextOf("m1")))).toBeUndefined();
      expect(web.requests.map(({ url }) => url).toSorted()).toEqual(urls);
      for (const { init } of web.requests) {
        expect(init).toMatchObject({
          method: "POST",
          redirect: "manual",
          headers: { "content-type": "application/json" },
        });
        expect(JSON.parse(String(init.body))).toEqual({ text: alert.text, blocks: alert.blocks });
      }
    });

    it("waits as long as a webhook asks for, up to 20 s, and no longer", async () => {
      const seen: number[] = [];
      let asked = "20";
      const { handler, clock } = poster(() => {
        seen.push(clock.monotonicMs());
        return seen.length <= 2
          ? new Response("", { status: 429, headers: { "retry-after": asked } })
          : new Response("ok");
      });
      expect(await finish(clock, handler.run(messageOf(alert), contextOf("m3")))).toBeUndefined();
      expect(seen).toEqual([0, 0, 20_000, 20_000]);
      seen.length = 0;
      asked = new Date(clock.now() + 3_600_000).toUTCString();
      const startedMs = clock.monotonicMs();
      const failure = await finish(clock, handler.run(messageOf(alert), contextOf("m4")));
      expect(failure).toMatchObject({ code: "ALERT_WEBHOOK_UNAVAILABLE", details: { status: 429 } });
      expect(clock.monotonicMs()).toBe(startedMs);
    });

    it.each([302, 404, 400])("is not repeated after status %i", async (status) => {
      const { web, handler, clock } = poster(() => new Response("", { status }));
      const failure = await finish(clock, handler.run(messageOf(alert), contextOf(`m5-${status}`)));
      expect(failure).toMatchObject({ code: "ALERT_WEBHOOK_REFUSED", details: { status } });
      expect(web.requests).toHaveLength(2);
    });

    it("is tried three times, 10 s each, where nobody answers", async () => {
      const { web, handler, clock } = poster(() => new Promise(() => {}));
      const failure = await finish(clock, handler.run(messageOf(alert), contextOf("m6")));
      expect(failure).toMatchObject({ code: "ALERT_WEBHOOK_UNAVAILABLE", details: { status: undefined } });
      expect(web.requests).toHaveLength(6);
      expect(clock.monotonicMs()).toBeGreaterThanOrEqual(30_000);
    });

    it("is refused without a text, or with more than Slack takes", () => {
      const { handler } = poster(() => new Response());
      expect(handler.check?.({ text: "x" })).toBeNull();
      expect(handler.check?.({ blocks: [] })).toMatch(/^text: /);
      expect(handler.check?.({ text: "x".repeat(40_001) })).toMatch(/^text: /);
      expect(handler.check?.({ text: "x", blocks: new Array(51).fill({}) })).toMatch(/^blocks: /);
    });
  });

  describe("metrics", () => {
    it.each([
      {},
      { name: "x" },
      { name: "x", value: "1" },
      { name: "1x", value: 1 },
      { samples: [] },
      { name: "x", value: 1, at: "yesterday" },
      { name: "x", value: 1, labels: { a: 1 } },
      { name: "x", value: 1, labels: { a: "\0" } },
    ])("refuses %j", (payload) => {
      expect(metricsWriter(database).check?.(payload)).not.toBeNull();
    });
  });

  describe("order_close", () => {
    it.each([{}, { position_id: "7" }, { position_id: "00000000-0000-0000-0000-000000000001", close_price: -1 }])(
      "refuses %j",
      (payload) => expect(orderCloser(database).check?.(payload)).not.toBeNull(),
    );
  });
});
