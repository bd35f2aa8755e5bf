import { ExplainedSession, soakRuns, type TestDatabase, testDatabase, usualBackends } from "@shoal/testkit";
import { Client } from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SettledRun } from "../src/strategies/executor/settled-run.types.ts";
import { extendLeases, loadStrategies, type StrategyClaim } from "../src/strategies/executor/statements.ts";
import { addStrategies, CODE_ID, LEASE_MS, ran, skipped, turn } from "./strategy-support.ts";

/** Enough that the tables have more pages than any of these statements may read. */
const STRATEGY_COUNT = soakRuns(100_000, 1_000_000);
/** One in five is of one owner. */
const OWNER_COUNT = STRATEGY_COUNT / 100;
const DUE_RATIO = 0.06;
const CLAIM_COUNT = 25;
const LIMIT_MS = 600_000;
/** Of 8 kB each; a page counts each time it is looked at, also pages of catalogs while a statement is planned. A look at all would be 100,000. */
const MAX_PAGES = 4000;

/** Runs what may take longer than our own driver waits. */
async function prepare(url: string, script: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(script);
  } finally {
    await client.end();
  }
}

/** As superuser, without triggers and foreign keys, whose checks would take most of the time. */
const FILL = `
    set session_replication_role = replica;
    insert into shoal.strategy_code (id, language, source, checked) values ('${CODE_ID}', 'typescript', '', '{}') on conflict do nothing;
    insert into shoal.strategies (id, owner_id, name, code_id, interval_ms, market, account, status)
      select md5(n::text)::uuid, md5('owner ' || case when n % 5 = 0 then 0 else n % ${OWNER_COUNT} end)::uuid, n::text, '${CODE_ID}',
        60000, 'filled', '{}', 'running'
      from generate_series(1, ${STRATEGY_COUNT}) n;
    insert into shoal.strategy_clock (strategy_id, owner_id, next_execution_at, due_at, total_executions)
      select s.id, s.owner_id, t.at, t.at, 5
      from shoal.strategies s
      cross join lateral (select clock_timestamp() - interval '10 minutes' * ${DUE_RATIO}
        + interval '10 minutes' * (s.name::int % 1000 / 1000.0) as at) t
      where s.market = 'filled';
    insert into shoal.strategy_owners (owner_id, next_due_at)
      select owner_id, min(due_at) from shoal.strategy_clock group by owner_id on conflict do nothing;
    insert into shoal.strategy_runs (id, strategy_id, number, epoch, version, code_id, build_id, planned_at, started_at, duration_ms,
        outcome, fuel, image_hash)
      select md5('run ' || c.strategy_id || k)::uuid, c.strategy_id, k, k, 1, '${CODE_ID}', 'b', now(), now(), 1, 'ok', 1, 'h'
      from shoal.strategy_clock c cross join generate_series(4, 5) k where c.total_executions = 5;
    set session_replication_role = origin;`;

describe.each(usualBackends())(`at ${STRATEGY_COUNT.toLocaleString("en")} strategies on the %s Postgres`, (backend) => {
  let test: TestDatabase;

  beforeEach(async () => {
    test = await testDatabase({ backend });
  });
  afterEach(() => test[Symbol.asyncDispose]());

  const see = (session: ExplainedSession, what: string) => {
    const { scans, pageCount } = session.explained();
    const indexes = [...new Set(scans.map((scan) => scan["Index Name"]))];
    process.stderr.write(`  ${backend}, ${what}: ${pageCount} pages, ${indexes.join(" ")}\n`);
    expect(scans.length).toBeGreaterThan(0);
    expect(scans.filter((node) => !/^(Index|Index Only|Tid) Scan$/.test(node["Node Type"]))).toEqual([]);
    expect(pageCount).toBeGreaterThan(0);
    expect(pageCount).toBeLessThan(MAX_PAGES);
  };

  /** All that a daemon does, each statement with its plan. */
  async function goThrough(session: ExplainedSession, expectedCount: number): Promise<void> {
    const { claimed } = await turn(session, { limit: CLAIM_COUNT });
    see(session, "a claim");
    expect(claimed).toHaveLength(expectedCount);
    await extendLeases(session, { holder: "w1", leaseMs: LEASE_MS }, claimed.length > 0 ? claimed : [NOBODY]);
    see(session, "an extension");
    await loadStrategies(
      session,
      claimed.map(({ id }) => id),
    );
    see(session, "a load");
    const book = {
      book: {},
      settledUntilMs: 1,
      balances: [{ currency: "USDT", amount: "1" }],
      statePatch: { a: 1 },
      equity: "1",
    };
    const done = claimed.map((claim, n) => (n % 5 === 0 ? skipped(claim) : ran(claim, n % 5 === 1 ? book : {})));
    await turn(session, { limit: 0, done: done.length > 0 ? done : [ran(NOBODY)] });
    see(session, "a settle");
    await session.query("select shoal.strategy_next_due_ms()");
    see(session, "a look for the next due one");
    await session.query(
      "select shoal.strategy_owner_refresh(array(select owner_id from shoal.strategy_owners limit 5))",
    );
  }

  const NOBODY: StrategyClaim = {
    ...{
      id: "99999999-0000-4000-8000-000000000000",
      epoch: 1,
      ownerId: "99999999-0000-4000-8000-000000000000",
      plannedAtMs: 1,
    },
    ...{
      isManual: false,
      revision: 0,
      lostClaims: 0,
      version: 1,
      codeId: CODE_ID,
      dueForMs: 1,
      consecutiveFailures: 0,
    },
    ...{ consecutiveKills: 0, lastExecutionAtMs: null, skippedSinceMs: null, fuelLeft: null, nowMs: 1 },
  };

  /** An old transaction keeps index entries of dead rows: what comes before the first live one is not read again. */
  async function useDuringBackup(session: ExplainedSession): Promise<void> {
    let [seen, done]: [string | null, SettledRun[]] = [null, []];
    await test.database.transaction(async (backup) => {
      await backup.query("set transaction isolation level repeatable read");
      await backup.query("select 1");
      for (let n = 0; n < 150; n += 1) {
        const turned = await turn(test.database, { limit: CLAIM_COUNT, done, seen });
        seen = turned.seen;
        done = turned.claimed.map((claim) => ran(claim));
      }
      await turn(session, { limit: CLAIM_COUNT, seen });
      see(session, "a claim during a backup");
      const { pageCount } = session.explained();
      await turn(session, { limit: CLAIM_COUNT });
      // By how much depends on how much the machine does in the tenth of a second that is looked back.
      expect(pageCount).toBeLessThan(session.explained().pageCount);
    });
  }

  it(
    "looks along indexes only and at few pages, also with plans that were made while there was nothing",
    async () => {
      await using first = await ExplainedSession.open(test.url);
      await goThrough(first, 0);
      await addStrategies(test.database, [{ owner: 1 }, { owner: 2 }, { owner: 3 }]);
      // Known to have three rows: another plan than for a table that nobody has looked at yet.
      await prepare(test.url, "vacuum analyze");
      await using early = await ExplainedSession.open(test.url);
      await goThrough(early, 3);
      await prepare(test.url, FILL);
      await goThrough(first, CLAIM_COUNT);
      await goThrough(early, CLAIM_COUNT);
      await prepare(test.url, "vacuum analyze");
      await using late = await ExplainedSession.open(test.url);
      await goThrough(late, CLAIM_COUNT);
      await useDuringBackup(late);
    },
    LIMIT_MS,
  );
});
