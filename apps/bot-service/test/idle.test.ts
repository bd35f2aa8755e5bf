import { MINUTE_MS, SECOND_MS } from "@shoal/kernel";
import { type TestDatabase, testDatabase } from "@shoal/testkit";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { codeOf, deploy } from "./executor-support.ts";
import { type IdleDaemon, type IdleDaemonOptions, idleDaemon } from "./idle-daemon.ts";
import { addOrder, addStrategy, STRATEGY } from "./strategy-rows.ts";

let test: TestDatabase;
beforeEach(async () => {
  test = await testDatabase();
  onTestFinished(() => test[Symbol.asyncDispose]());
});

/** Starts daemons that have been idle for a while. Their schedules are put off: one that is due is no idleness. */
async function settled(count: number, ms: number, options?: IdleDaemonOptions): Promise<IdleDaemon[]> {
  const daemons: IdleDaemon[] = [];
  for (let n = 0; n < count; n += 1) daemons.push(await idleDaemon(test, options));
  await test.database.query("update shoal.job_schedules set due_at = due_at + interval '1 day'");
  await passAll(daemons, ms);
  return daemons;
}

/** In steps, so that the daemons live at the same time. */
async function passAll(daemons: readonly IdleDaemon[], ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += SECOND_MS) await Promise.all(daemons.map(({ pass }) => pass(SECOND_MS)));
}

function namesOf(daemons: readonly IdleDaemon[], from: readonly number[]): Record<string, number> {
  const all = daemons.flatMap(({ sent }, n) => sent.slice(from[n]));
  const counts: Record<string, number> = {};
  for (const name of all) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, count) => total + count, 0);

describe("an idle daemon with everything on", () => {
  it.each([
    [1, 60],
    [3, 85],
  ])("sends at most so many statements a minute: %i of them %i", async (count, most) => {
    const daemons = await settled(count, 2 * MINUTE_MS);
    const from = daemons.map(({ sent }) => sent.length);
    await passAll(daemons, 2 * MINUTE_MS);
    const names = namesOf(daemons, from);
    expect(names["pulse"]).toBeGreaterThan(30 * count);
    expect(sum(names) / 2, JSON.stringify(names)).toBeLessThanOrEqual(most);
    // One does this for all.
    for (const once of ["match_housekeep", "analytics_fold"]) expect(names[once], once).toBeLessThanOrEqual(3);
  });
});

/** Work of each kind, and what shows that it was found. */
const WORK: Record<string, { readonly add: () => Promise<unknown>; readonly found: string }> = {
  tickets: {
    add: () => test.database.query("insert into shoal.match_tickets (user_id) values ('ann'), ('bob')"),
    found: "select from shoal.matches",
  },
  "changes by RPC": {
    add: () =>
      test.database.query(
        "select shoal.match_keep_untold(array[row('ticket:closed', gen_random_uuid(), 'cid', null, null, 'left', null)::shoal.match_change])",
      ),
    found: "select where not exists (select from shoal.match_untold)",
  },
  jobs: {
    add: () => test.database.query("select shoal.enqueue('nobody.knows')"),
    found: "select from shoal.jobs where attempts > 0",
  },
  "jobs of a dead worker": {
    add: () =>
      test.database.query(
        `insert into shoal.jobs (type, status, attempts, epoch, worker_id, lease_expires_at)
         values ('nobody.knows', 'running', 1, 1, 'dead', clock_timestamp())`,
      ),
    found: "select from shoal.jobs where attempts > 1",
  },
  messages: {
    add: () => test.database.query("select pgmq.send('metrics_jobs', '{}')"),
    found: "select from pgmq.a_metrics_jobs union all select from pgmq.q_metrics_jobs where read_ct > 0",
  },
  commands: {
    add: () => test.database.query("insert into public.bot_control (bot_id, command) values ('b', 'START_BOT')"),
    found: "select from public.bot_control where applied_at is not null",
  },
  strategies: {
    add: () => deploy(test.database, { code: codeOf("return;") }),
    found: "select from shoal.strategy_clock where epoch > 0",
  },
  orders: {
    async add() {
      await addStrategy(test.database, { id: STRATEGY, venue: "binance", secretName: "none" });
      await addOrder(test.database, { id: "00000000-0000-4000-8000-0000000000aa", strategyId: STRATEGY });
    },
    found: "select from shoal.strategy_orders where epoch > 0",
  },
  schedules: {
    add: () =>
      test.database.query(
        "update shoal.job_schedules set due_at = clock_timestamp(), next_run_at = date_trunc('minute', clock_timestamp()) where name = 'risk_check'",
      ),
    found: "select from shoal.job_schedules where last_tick_at is not null",
  },
};

const ALL = Object.keys(WORK);
/** Without a pulse, what else looks within five seconds. Nobody pairs then, and orders and schedules are asked for less often. */
const POLLED = ["jobs", "jobs of a dead worker", "messages", "commands", "strategies"];

const WAYS: [way: string, options: IdleDaemonOptions, kinds: readonly string[]][] = [
  ["its announcement is lost", { announcements: "lost" }, ALL],
  ["nothing can be announced", { announcements: "unsupported" }, ALL],
  ["its announcement is lost and no pulse is answered", { announcements: "lost", losesPulses: true }, POLLED],
];

describe("work of every kind is found within five seconds", () => {
  it.each(WAYS)("where %s", async (_way, options, kinds) => {
    const [daemon] = await settled(1, 10 * SECOND_MS, options);
    for (const kind of kinds) await WORK[kind]?.add();
    await daemon?.pass(5 * SECOND_MS);
    const unfound: string[] = [];
    for (const kind of kinds) {
      const { found = "" } = WORK[kind] ?? {};
      if ((await test.database.query(found)).length === 0) unfound.push(kind);
    }
    expect(unfound).toEqual([]);
  });

  it.each(["tickets", "changes by RPC", "messages", "jobs"])("%s at once, where they are announced", async (kind) => {
    const [daemon] = await settled(1, 10 * SECOND_MS);
    const { add, found } = WORK[kind] ?? { add: async () => {}, found: "" };
    const pulseCount = () => daemon?.sent.filter((name) => name === "pulse").length;
    // Just after a pulse, the next one is 3 s away.
    for (const before = pulseCount(); pulseCount() === before; ) await daemon?.pass(SECOND_MS / 4);
    await add();
    let passedMs = 0;
    // The questions take the time in which the announcement comes.
    for (; (await test.database.query(found)).length === 0; passedMs += 1) await daemon?.pass(1);
    expect(passedMs).toBeLessThan(SECOND_MS);
  });
});
