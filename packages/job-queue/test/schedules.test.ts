import { createEmitter, createSystemRuntime, type Runtime } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { backends, emptyTables, leakCheck, type TestDatabase, testDatabase, testRuntime } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createScheduler, type SchedulerOptions } from "../src/schedules/scheduler.ts";
import type { ScheduleDefinition } from "../src/schedules/types.ts";
import type { ScheduleEvents } from "../src/types.ts";

const daily: ScheduleDefinition = {
  name: "daily",
  cron: "0 3 * * *",
  missed: "once",
  job: { type: "clean", payload: { deep: true } },
};
/** So seldom that no tick of its own falls into a test: its ticks are those that a test writes down. */
const yearly: ScheduleDefinition = {
  name: "yearly",
  cron: "0 0 1 1 *",
  missed: "all",
  job: { type: "look", priority: 7, maxAttempts: 2 },
};

describe.each(backends())("schedules on the %s Postgres", (backend) => {
  const leaks = leakCheck();
  let test: TestDatabase;
  let database: Database<string>;

  beforeAll(async () => {
    test = await testDatabase({ backend });
    database = test.database;
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(() => emptyTables(database, ["shoal.job_schedules", "shoal.jobs", "shoal.job_count_changes"]));

  const make = (schedules: readonly ScheduleDefinition[], options: Partial<SchedulerOptions> = {}) =>
    createScheduler({ database, runtime: testRuntime(), schedules, ...options });

  /** As if a schedule's next tick had been `minutes` ago. */
  const missTicks = (name: string, minutes: number) =>
    database.query(
      `update shoal.job_schedules
       set next_run_at = date_trunc('second', clock_timestamp()) - $2::int * interval '1 minute', due_at = clock_timestamp()
       where name = $1`,
      [name, minutes],
    );
  const rows = () =>
    database.query<{
      name: string;
      enabled: boolean;
      cron: string;
      next: Date | null;
      due: Date | null;
      last: Date | null;
    }>(
      "select name, enabled, cron, next_run_at as next, due_at as due, last_tick_at as last from shoal.job_schedules order by name",
    );
  const row = async (name: string) => (await rows()).find((found) => found.name === name);
  const jobs = () =>
    database.query<{ type: string; unique_key: string }>("select type, unique_key from shoal.jobs order by unique_key");

  it("writes its definitions down, with their next ticks by the clock of the database, and fires none of them", async () => {
    expect(await make([daily, yearly]).runDue()).toEqual([]);
    const written = await rows();
    expect(written.map(({ name, enabled, last }) => [name, enabled, last])).toEqual([
      ["daily", true, null],
      ["yearly", true, null],
    ]);
    const [now] = await database.query<{ now: Date }>("select clock_timestamp() as now");
    for (const { next, due } of written) {
      expect(next?.getTime()).toBeGreaterThan(now?.now.getTime() ?? 0);
      expect(due).toEqual(next);
    }
    expect(written[0]?.next?.toISOString()).toMatch(/T03:00:00.000Z$/);
    expect(await jobs()).toEqual([]);
  });

  it("enqueues the job of a tick with all it says, and goes on to the next", async () => {
    const scheduler = make([yearly]);
    const fired: ScheduleEvents["schedule:fired"][] = [];
    await scheduler.runDue();
    scheduler.events.on("schedule:fired", (event) => fired.push(event));
    await missTicks("yearly", 0);
    const before = await row("yearly");
    expect(await scheduler.runDue()).toEqual(["yearly"]);
    const tickAt = before?.next?.toISOString();
    expect(
      await database.query(
        "select type, payload, priority::int as priority, max_attempts, status, unique_key from shoal.jobs",
      ),
    ).toEqual([
      {
        type: "look",
        payload: {},
        priority: 7,
        max_attempts: 2,
        status: "pending",
        unique_key: `schedule:yearly:${tickAt}`,
      },
    ]);
    expect(fired).toMatchObject([{ name: "yearly", tickAt }]);
    const after = await row("yearly");
    expect(after?.last).toEqual(before?.next);
    expect(after?.next?.toISOString()).toMatch(/-01-01T00:00:00.000Z$/);
    expect(await scheduler.runDue()).toEqual([]);
  });

  it("leaves a tick to another process for a second, and fires it then", async () => {
    const runtime = testRuntime();
    const looks = createEmitter<{ looked: Record<never, never> }>();
    const reportLoop = () => ({ succeeded: () => looks.emit("looked", {}), failed() {} });
    const scheduler = make([yearly], { runtime, reportLoop, isLeftToOthers: () => true });
    await scheduler.runDue();
    await missTicks("yearly", 0);
    const looked = looks.next("looked");
    scheduler.start();
    await runtime.clock.advance(0);
    await looked;
    expect(await jobs()).toEqual([]);
    const again = looks.next("looked");
    await database.query("update shoal.job_schedules set due_at = due_at - interval '1 second'");
    await runtime.clock.advance(1000);
    await again;
    expect(await jobs()).toHaveLength(1);
    await scheduler.close();
  });

  it("fires a tick once, however many replicas come at the same time", async () => {
    const replicas = [1, 2, 3, 4].map(() => make([daily, yearly], { database: test.connect(2) }));
    await Promise.all(replicas.map((replica) => replica.runDue()));
    for (let round = 0; round < 5; round += 1) {
      await database.query("truncate shoal.jobs");
      await missTicks("yearly", 0);
      const names = await Promise.all(replicas.map((replica) => replica.runDue()));
      expect(names.flat()).toEqual(["yearly"]);
      expect(await jobs()).toHaveLength(1);
    }
  });

  it("makes up for missed ticks by the policy, and says how many it did not", async () => {
    const policies = ["skip", "once", "all"] as const;
    const scheduler = make(policies.map((missed) => ({ ...yearly, cron: "*/5 * * * *", name: missed, missed })));
    const missed: ScheduleEvents["schedule:missed"][] = [];
    scheduler.events.on("schedule:missed", (event) => missed.push(event));
    await scheduler.runDue();
    for (const name of policies) await missTicks(name, 15);
    expect(await scheduler.runDue()).toEqual(expect.arrayContaining(["all", "once"]));
    const missedOf = (name: string) => missed.find((event) => event.name === name)?.count ?? 0;
    const keys = (await jobs()).map(({ unique_key }) => unique_key.split(":")[1]);
    const firedOf = (name: string) => keys.filter((key) => key === name).length;
    // Three, or four with one that comes in this very moment.
    expect([3, 4]).toContain(firedOf("all"));
    expect([firedOf("once"), missedOf("once")]).toEqual([1, firedOf("all") - 1]);
    expect(firedOf("skip") + missedOf("skip")).toBe(firedOf("all"));
    expect([missedOf("all"), missedOf("skip") >= 2]).toEqual([0, true]);
  });

  it("begins a schedule anew when its cron text or zone was changed, and not for anything else", async () => {
    await make([yearly]).runDue();
    await missTicks("yearly", 0);
    const waiting = await row("yearly");
    await make([{ ...yearly, missed: "skip", jitterMs: 0, job: { type: "stare" } }]).runDue();
    expect((await jobs()).map(({ type }) => type)).toEqual(["stare"]);
    await database.query("update shoal.job_schedules set next_run_at = $1, due_at = $1", [waiting?.next ?? null]);
    await make([{ ...yearly, cron: "0 4 * * *" }]).runDue();
    expect(await jobs()).toHaveLength(1);
    expect((await row("yearly"))?.next?.toISOString()).toMatch(/T04:00:00.000Z$/);
    await make([{ ...yearly, cron: "0 4 * * *", timeZone: "Asia/Kolkata" }]).runDue();
    expect((await row("yearly"))?.next?.toISOString()).toMatch(/T22:30:00.000Z$/);
  });

  it("puts a schedule that is gone out of use, keeps it, and does not make up for that time when it is back", async () => {
    await make([daily, yearly]).runDue();
    await missTicks("yearly", 10);
    expect(await make([daily]).runDue()).toEqual([]);
    expect(await row("yearly")).toMatchObject({ enabled: false, next: null, due: null });
    expect(await make([daily, yearly]).runDue()).toEqual([]);
    expect(await row("yearly")).toMatchObject({ enabled: true, next: expect.any(Date) });
    expect(await make([]).runDue()).toEqual([]);
    expect((await rows()).map(({ enabled }) => enabled)).toEqual([false, false]);
  });

  it("adds a jitter of the given size, drawn once and kept by all", async () => {
    const jittery = { ...daily, jitterMs: 60_000 };
    await make([jittery], { runtime: { ...testRuntime(), rng: { next: () => 0.5 } } }).runDue();
    const first = await row("daily");
    expect((first?.due?.getTime() ?? 0) - (first?.next?.getTime() ?? 0)).toBe(30_000);
    await make([jittery], { runtime: testRuntime(7) }).runDue();
    expect(await row("daily")).toEqual(first);
  });

  it("takes the number of attempts from the handler of the job", async () => {
    const handlers = { clean: { run: async () => {}, maxAttempts: 9 } };
    await make([daily], { handlers }).runDue();
    expect(await database.query("select max_attempts from shoal.job_schedules")).toEqual([{ max_attempts: 9 }]);
  });

  it("changes nothing when one definition is wrong", async () => {
    await make([yearly]).runDue();
    expect(() => make([daily, { ...yearly, cron: "never" }])).toThrow(
      expect.objectContaining({ code: "SCHEDULE_INVALID" }),
    );
    expect((await rows()).map(({ name }) => name)).toEqual(["yearly"]);
  });

  it("lets a row that somebody spoilt rest, and does the others", async () => {
    const scheduler = make([daily, yearly]);
    const failures: string[] = [];
    scheduler.events.on("schedule:failed", ({ code }) => failures.push(code));
    await scheduler.runDue();
    await missTicks("daily", 0);
    await missTicks("yearly", 0);
    await database.query("update shoal.job_schedules set cron = 'nonsense' where name = 'daily'");
    expect(await scheduler.runDue()).toEqual(["yearly"]);
    expect(failures).toEqual(["SCHEDULE_INVALID"]);
    expect(await row("daily")).toMatchObject({ next: null });
    await make([daily, yearly]).runDue();
    expect(await row("daily")).toMatchObject({ cron: daily.cron, next: expect.any(Date) });
  });

  it("enqueues nothing and keeps the tick when the transaction fails", async () => {
    const scheduler = make([yearly]);
    await scheduler.runDue();
    await missTicks("yearly", 0);
    const before = await row("yearly");
    await database.script("alter table shoal.job_schedules add constraint stop check (last_tick_at is null)");
    await expect(scheduler.runDue()).rejects.toMatchObject({ code: "STORE_CONSTRAINT" });
    await database.script("alter table shoal.job_schedules drop constraint stop");
    expect(await jobs()).toEqual([]);
    expect(await row("yearly")).toEqual(before);
    expect(await scheduler.runDue()).toEqual(["yearly"]);
  });

  describe("running", () => {
    const system: Runtime = createSystemRuntime();

    it("fires each second of a schedule of seconds, by itself, until it is closed", async () => {
      const runtime = { ...system };
      leaks.clock(runtime.clock);
      const scheduler = make([{ ...yearly, name: "seconds", cron: "* * * * * *", missed: "all" }], { runtime });
      scheduler.start();
      scheduler.start();
      const ticks = new Set<string>();
      while (ticks.size < 2) ticks.add((await scheduler.events.next("schedule:fired")).tickAt);
      await scheduler.close();
      await scheduler.close();
      scheduler.start();
      const keys = (await jobs()).map(({ unique_key }) => unique_key);
      expect(new Set(keys).size).toBe(keys.length);
      expect(keys.length).toBeGreaterThanOrEqual(2);
    });

    it("tries again by itself while the database is away", async () => {
      const runtime = testRuntime();
      leaks.clock(runtime.clock);
      let isAway = true;
      const away: Database<string> = {
        ...database,
        transaction: (work) => (isAway ? Promise.reject(new Error("away")) : database.transaction(work)),
      };
      const scheduler = make([yearly], { runtime, database: away });
      const failed = scheduler.events.next("schedule:failed");
      scheduler.start();
      await runtime.clock.advanceToNext();
      expect(await failed).toEqual({ code: "Error" });
      isAway = false;
      await runtime.clock.advanceToNext();
      while ((await rows()).length === 0) await new Promise((resolve) => setImmediate(resolve));
      await scheduler.close();
    });
  });
});
