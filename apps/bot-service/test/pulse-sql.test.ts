import { announceQueues, ensureQueues, installPgmq } from "@shoal/job-queue";
import type { Sql } from "@shoal/store";
import { backends, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addOrder, addStrategy, STRATEGY } from "./strategy-rows.ts";

const ALL = "{control,held_jobs,jobs,orders,outbox,queues,schedules,strategies}";
const OWNER = "00000000-0000-4000-8000-000000000009";
const ORDER = "00000000-0000-4000-8000-0000000000aa";

interface Outlook {
  readonly due: Readonly<Record<string, number | null>>;
  readonly unannounced: readonly string[];
}

/** For each kind of work: a row that is due at this time, as SQL writes it. */
const ROWS: Record<string, string> = {
  held_jobs: "insert into shoal.jobs (type, status, lease_expires_at) values ('a', 'running', AT)",
  jobs: "insert into shoal.jobs (type, run_at) values ('a', AT)",
  outbox: "insert into shoal.job_outbox (job_id, send_at) values (1, AT)",
  queues: "insert into pgmq.q_pulsed (vt, message) values (AT, '{}')",
  orders: `update shoal.strategy_orders set check_at = AT where id = '${ORDER}'`,
  schedules: `insert into shoal.job_schedules (name, cron, time_zone, missed, job_type, next_run_at, due_at)
    values ('s', '* * * * *', 'UTC', 'skip', 'a', now(), AT)`,
  strategies: `insert into shoal.strategy_owners (owner_id, next_due_at) values ('${OWNER}', AT)`,
};

describe.each(backends())("the pulse on the %s Postgres", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
    await installPgmq(test.database);
    await ensureQueues(test.database, ["pulsed"]);
    await addStrategy(test.database, { id: STRATEGY, venue: "binance", secretName: "none" });
    await addOrder(test.database, { id: ORDER, strategyId: STRATEGY });
    await test.database.query("update shoal.strategy_orders set check_at = null");
    await test.database.query("update shoal.strategy_owners set next_due_at = null, is_waiting = false");
  });
  afterAll(() => test[Symbol.asyncDispose]());

  const pulse = async (
    watched = ALL,
    sql: Pick<Sql<string>, "query"> = test.database,
    replicaId = "r",
  ): Promise<Outlook> => {
    const rows = await sql.query<{ outlook: Outlook }>(
      "select outlook from shoal.pulse($1, 10000, 3, 10, '{}', '{}', $2::text::text[], '{pulsed,missing}')",
      [replicaId, watched],
    );
    return rows.at(-1)?.outlook ?? { due: {}, unannounced: [] };
  };
  /** What it says while that row is there. */
  const pulseWith = async (sql: string): Promise<Outlook["due"]> => {
    let due: Outlook["due"] = {};
    const undone = new Error("undone");
    await test.database
      .transaction(async (tx) => {
        await tx.query(sql);
        ({ due } = await pulse(ALL, tx));
        throw undone;
      })
      .catch((thrown) => {
        if (thrown !== undone) throw thrown;
      });
    return due;
  };

  it("says of nothing that it is due while nothing is, and renews the term of the replica", async () => {
    const { due } = await pulse();
    expect(new Set(Object.values(due))).toEqual(new Set([null]));
    const leases = await test.database.query("select from shoal.leases where resource = 'matchmaker:r'");
    expect(leases).toHaveLength(1);
  });

  it.each(Object.entries(ROWS))("knows when %s are due, also by times that only a hand writes", async (kind, sql) => {
    const at = async (time: string) => (await pulseWith(sql.replace("AT", time)))[kind];
    expect(await at("clock_timestamp() - interval '1 minute'")).toBeLessThanOrEqual(0);
    const inAnHour = await at("clock_timestamp() + interval '1 hour'");
    expect(inAnHour).toBeGreaterThan(0);
    expect(inAnHour).toBeLessThanOrEqual(3_600_000);
    // These tables take no infinite time.
    if (kind === "jobs" || kind === "schedules") return;
    expect(await at("'infinity'")).toBeNull();
    expect(await at("'-infinity'")).toBe(0);
  });

  it("tells of commands, and of bots that nobody runs", async () => {
    const command = "insert into public.bot_control (bot_id, command) values ('b', 'START_BOT')";
    expect((await pulseWith(command))["control"]).toBe(0);
    const bot = (lease: string) => `with lease as (${lease})
      insert into public.bot_deployments (bot_id, kind, name, desired, status) values ('b', 'echo', 'B', 'running', 'running')`;
    const held = (until: string) =>
      `insert into shoal.leases values ('bot:b', 'other', 1, clock_timestamp() ${until} interval '1 minute')`;
    expect((await pulseWith(bot(held("-"))))["control"]).toBe(0);
    expect((await pulseWith(bot(held("+"))))["control"]).toBeNull();
  });

  it("asks for nothing that nobody watches", async () => {
    expect((await pulseWith(ROWS["jobs"]?.replace("AT", "clock_timestamp()") ?? ""))["jobs"]).toBeLessThanOrEqual(0);
    await test.database.query("insert into shoal.jobs (type) values ('a')");
    expect((await pulse("{orders}")).due["jobs"]).toBeNull();
    await test.database.query("delete from shoal.jobs");
  });

  it("names the queues that announce nothing: without a trigger, or with one that is switched off", async () => {
    expect((await pulse()).unannounced).toEqual(["pulsed"]);
    await announceQueues(test.database, ["pulsed", "missing"]);
    await announceQueues(test.database, ["pulsed"]);
    expect((await pulse()).unannounced).toEqual([]);
    await test.database.script("alter table pgmq.q_pulsed disable trigger shoal_notify");
    expect((await pulse()).unannounced).toEqual(["pulsed"]);
  });

  it("goes on where this role may not look into the queues", async () => {
    const role = `limited_${test.name}`.slice(0, 60);
    await test.database.script(`create role "${role}" nologin;
      grant usage on schema shoal to "${role}"; grant all on all tables in schema shoal to "${role}";
      grant all on all tables in schema public to "${role}"; grant execute on all functions in schema shoal to "${role}";`);
    const asLimited = test.database.transaction(async (tx) => {
      await tx.query(`set local role "${role}"`);
      return pulse(ALL, tx, "r2");
    });
    expect(await asLimited).toMatchObject({ due: { queues: null }, unannounced: [] });
    await test.database.script(`drop owned by "${role}"; drop role "${role}"`);
  });
});
