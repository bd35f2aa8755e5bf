import { backends } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import type { RanRun, SettledRun } from "../src/strategies/executor/settled-run.types.ts";
import { chargeOwners } from "../src/strategies/executor/statements.ts";
import {
  addStrategies,
  addStrategy,
  CODE_ID,
  claim,
  claimOne,
  clock,
  clocks,
  everything,
  KEPT_RUNS,
  LEASE_MS,
  MINUTE,
  order,
  ownerId,
  passTime,
  ran,
  refreshOwners,
  released,
  runId,
  skipped,
  strategyTests,
  turn,
  unable,
  wrongOwners,
} from "./strategy-support.ts";

describe.each(backends())("turns of strategies on the %s Postgres", (backend) => {
  const { test, settle } = strategyTests(backend);

  it("charge an owner whose row another transaction is writing", async () => {
    const owner = ownerId(1);
    await addStrategies(test.database, [{ owner: 1 }]);
    let charged: Promise<void> | undefined;
    await test.database.transaction(async (tx) => {
      await tx.query("update shoal.strategy_owners set is_waiting = is_waiting where owner_id = $1", [owner]);
      charged = chargeOwners(test.database, [{ ownerId: owner, count: 1, durationMs: 100, fuel: 7 }]);
      const waiting =
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%strategy_charge%'";
      while ((await test.database.query(waiting)).length === 0);
    });
    await charged;
    const [row] = await test.database.query("select fuel_used from shoal.strategy_owners where owner_id = $1", [owner]);
    expect(row).toEqual({ fuel_used: "7" });
  });

  it("claims what is due, earliest first, and says when the next one is", async () => {
    const [late = "", early = "", later = ""] = await addStrategies(test.database, [
      { dueInMs: -2000 },
      { dueInMs: -3000, tickInMs: -4000 },
      { dueInMs: 30_000 },
      { dueInMs: null, status: "stopped" },
    ]);
    const first = await turn(test.database, { limit: 1 });
    expect(first.claimed).toMatchObject([
      {
        id: early,
        ownerId: ownerId(1),
        epoch: 1,
        isManual: false,
        revision: 0,
        lostClaims: 0,
        version: 1,
        codeId: CODE_ID,
      },
    ]);
    expect(first.nextDueMs).toBeUndefined();
    const [claimed] = first.claimed;
    const row = await clock(test.database, early);
    expect(row).toMatchObject({ epoch: 1, holder: "w1", is_claimed: true, tick_ms: claimed?.plannedAtMs });
    expect(row.due_ms).toBeCloseTo((claimed?.nowMs ?? 0) + LEASE_MS, 0);
    expect(claimed?.dueForMs).toBeGreaterThanOrEqual(3000);
    expect((claimed?.nowMs ?? 0) - (claimed?.plannedAtMs ?? 0)).toBeCloseTo((claimed?.dueForMs ?? 0) + 1000, 3);

    const second = await turn(test.database);
    expect(second.claimed.map(({ id }) => id)).toEqual([late]);
    expect(second.nextDueMs).toBeGreaterThan(0);
    expect(second.nextDueMs).toBeLessThanOrEqual(30_000);
    expect(await claim(test.database)).toEqual([]);
    expect((await clock(test.database, later)).epoch).toBe(0);
    expect(await wrongOwners(test.database)).toEqual([]);
  });

  it("says that nothing will be due where nothing is to run", async () => {
    expect((await turn(test.database)).nextDueMs).toBeUndefined();
    await addStrategy(test.database, { dueInMs: null, status: "stopped" });
    const none = { claimed: [], lostIds: new Set(), hasOrdered: false, nextDueMs: undefined };
    expect(await turn(test.database)).toMatchObject(none);
    expect(await turn(test.database, { limit: 0 })).toEqual({ ...none, seen: null });
  });

  it("finds what has come since the claim before, and with a look at all also what came in behind it", async () => {
    const [first = "", second = "", behind = ""] = await addStrategies(test.database, [
      { owner: 1, dueInMs: -5000 },
      { owner: 2, dueInMs: 60_000 },
      { owner: 3, dueInMs: 60_000 },
    ]);
    const { claimed, seen } = await turn(test.database);
    expect(claimed).toMatchObject([{ id: first }]);
    const makeDue = async (id: string, ago: string) => {
      await test.database.query(
        `update shoal.strategy_clock set due_at = now() - '${ago}'::interval where strategy_id = $1`,
        [id],
      );
      await refreshOwners(test.database, [2, 3].map(ownerId));
    };
    await makeDue(second, "0 s");
    const after = await turn(test.database, { seen });
    expect(after.claimed).toMatchObject([{ id: second }]);
    await makeDue(behind, "1 hour");
    expect((await turn(test.database, { seen: after.seen })).claimed).toEqual([]);
    expect((await turn(test.database)).claimed).toMatchObject([{ id: behind }]);
  });

  it("claims each of what is due once among eight holders", async () => {
    const ids = await addStrategies(
      test.database,
      Array.from({ length: 120 }, (_, n) => ({ owner: n % 7 })),
    );
    const holders = test.connect(8);
    const claimedBy = await Promise.all(
      Array.from({ length: 8 }, async (_, n) => {
        const mine: string[] = [];
        for (;;) {
          const { claimed, nextDueMs = 0 } = await turn(holders, { holder: `w${n}`, limit: 5 });
          mine.push(...claimed.map(({ id }) => id));
          if (claimed.length === 0 && nextDueMs > 1000) return mine;
        }
      }),
    );
    expect(claimedBy.flat().toSorted()).toEqual(ids.toSorted());
    expect((await clocks(test.database)).map(({ epoch }) => epoch)).toEqual(ids.map(() => 1));
    expect(await wrongOwners(test.database)).toEqual([]);
  });

  it("claims again what was claimed and not settled when the lease runs out, and counts that", async () => {
    const id = await addStrategy(test.database);
    const first = await claimOne(test.database, "w1");
    expect(await claim(test.database, "w2")).toEqual([]);
    await passTime(test.database, LEASE_MS);
    expect(await claimOne(test.database, "w2")).toMatchObject({ id, epoch: 2, lostClaims: 1 });
    await passTime(test.database, LEASE_MS);
    const third = await claimOne(test.database, "w1");
    expect(third).toMatchObject({ id, epoch: 3, lostClaims: 2 });
    const before = await everything(test.database);
    expect((await settle(ran(first, { statePatch: { a: 1 } }))).lostIds).toEqual(new Set([id]));
    expect(await everything(test.database)).toEqual(before);
    expect((await settle(ran(third))).lostIds).toEqual(new Set());
    expect(await clock(test.database, id)).toMatchObject({ lost_claims: 0, total: 1, is_claimed: false });
  });

  it("takes an outcome after the lease has run out as long as nobody has claimed it since", async () => {
    const id = await addStrategy(test.database);
    const claimed = await claimOne(test.database);
    await passTime(test.database, 2 * LEASE_MS);
    expect((await settle(ran(claimed))).lostIds).toEqual(new Set());
    expect(await clock(test.database, id)).toMatchObject({ total: 1 });
  });

  it.each<[string, (id: string, held: Parameters<typeof ran>[0]) => Promise<SettledRun>]>([
    ["another holder's epoch", async (_id, held) => ran({ ...held, epoch: held.epoch + 1 })],
    ["a strategy that is not there", async (_id, held) => ran({ ...held, id: "99999999-0000-4000-8000-000000000000" })],
    [
      "a strategy that was deployed anew",
      async (id, held) => {
        await test.database.query(
          "update shoal.strategy_clock set epoch = epoch + 1, revision = revision + 1, claimed_at = null, due_at = now() where strategy_id = $1",
          [id],
        );
        await refreshOwners(test.database, [ownerId(1)]);
        return ran(held);
      },
    ],
    [
      "a strategy that was deleted",
      async (id, held) => {
        await test.database.query("delete from shoal.strategies where id = $1", [id]);
        await refreshOwners(test.database, [ownerId(1)]);
        return ran(held);
      },
    ],
  ])("writes nothing of %s and says that it is lost, but writes the others", async (_what, make) => {
    const [id = "", other = ""] = await addStrategies(test.database, [{ dueInMs: -2000 }, { dueInMs: -1500 }]);
    const [held, otherHeld] = await claim(test.database);
    if (!held || !otherHeld) throw new Error("both are due");
    const done = {
      ...(await make(id, held)),
      ...{ statePatch: { a: 1 }, book: {}, settledUntilMs: 1, orders: [order()], equity: "5" },
    } as RanRun;
    const before = await everything(test.database);
    const { lostIds } = await settle(done);
    expect(lostIds).toEqual(new Set([done.id]));
    expect(await everything(test.database)).toEqual(before);
    expect((await turn(test.database, { holder: "w2", limit: 0, done: [ran(otherHeld)] })).lostIds).toEqual(
      new Set([other]),
    );
    expect((await settle(done, ran(otherHeld))).lostIds).toEqual(new Set([done.id]));
    expect(await clock(test.database, other)).toMatchObject({ total: 1 });
    expect(await wrongOwners(test.database)).toEqual([]);
  });

  it.each<[string, (held: Parameters<typeof ran>[0]) => SettledRun]>([
    ["run", (held) => ran(held, { statePatch: { a: 1 }, orders: [order()], equity: "7" })],
    ["skip", (held) => skipped(held)],
    ["unable", (held) => unable(held)],
    ["release", (held) => released(held)],
  ])("changes nothing when a %s is settled again because no answer came, and it is not lost", async (_kind, make) => {
    await addStrategy(test.database);
    const done = make(await claimOne(test.database));
    expect((await settle(done)).lostIds).toEqual(new Set());
    const before = await everything(test.database);
    expect((await settle(done)).lostIds).toEqual(new Set());
    expect(await everything(test.database)).toEqual(before);
  });

  it("does not say lost of a run that was written, also when it was claimed again by then", async () => {
    const id = await addStrategy(test.database);
    const held = await claimOne(test.database);
    await settle(ran(held));
    await passTime(test.database, MINUTE);
    expect(await claimOne(test.database, "w2")).toMatchObject({ id, epoch: 2 });
    const before = await everything(test.database);
    expect((await settle(ran(held))).lostIds).toEqual(new Set());
    expect((await settle(ran({ ...held, epoch: 2 }))).lostIds).toEqual(new Set([id]));
    expect(await everything(test.database)).toEqual(before);
  });

  it("writes a run with its figures, and keeps the newest ones", async () => {
    const id = await addStrategy(test.database);
    const durations = [4, 10, 1];
    for (const durationMs of durations) {
      const held = await claimOne(test.database);
      await settle(ran(held, { durationMs, fuel: 500 }));
      await passTime(test.database, MINUTE);
    }
    expect(await clock(test.database, id)).toMatchObject({
      ...{
        total: 3,
        successful: 3,
        failed: 0,
        sum_ms: 15,
        fuel: 1500,
        last_execution_duration_ms: 1,
        revision: 0,
        holder: "w1",
      },
      ...{ is_claimed: false, consecutive_failures: 0, last_error: null },
    });
    const last = await claimOne(test.database);
    const error = { code: "RUN_THREW", message: "no", line: 3 };
    const logs = [{ level: "info", text: "ü" }];
    const texts = { journal: Buffer.from("journal").toString("base64"), logs, notifications: ["n"], equity: "12.340" };
    const ids = { imageHash: "h2", buildId: "b2" };
    const times = { durationMs: 2.5, startedAtMs: 1_700_000_000_123 };
    await settle(ran(last, { outcome: "failed", error, fuel: 77, ...ids, ...texts, ...times }));
    const runs = await test.database.query(
      `select id, number::float8 as number, epoch::float8 as epoch, version, code_id, build_id,
         (extract(epoch from planned_at) * 1000)::float8 as planned, (extract(epoch from started_at) * 1000)::float8 as started,
         duration_ms, outcome, error, fuel::float8 as fuel, image_hash,
         convert_from(journal, 'UTF8') as journal, logs, notifications, order_count, equity::text as equity
       from shoal.strategy_runs where strategy_id = $1 order by number desc`,
      [id],
    );
    expect(runs).toHaveLength(KEPT_RUNS);
    expect(runs.map(({ number }) => number)).toEqual([4, 3, 2]);
    expect(runs[0]).toEqual({
      ...{
        id: runId(id, 4),
        number: 4,
        epoch: 4,
        version: 1,
        code_id: CODE_ID,
        build_id: "b2",
        planned: last.plannedAtMs,
      },
      ...{
        started: 1_700_000_000_123,
        duration_ms: 2.5,
        outcome: "failed",
        error: error,
        fuel: 77,
        image_hash: "h2",
      },
      ...{
        journal: "journal",
        logs: logs,
        notifications: ["n"],
        order_count: 0,
        equity: "12.340",
      },
    });
  });

  it("tries again what could not be run, and counts neither success nor failure", async () => {
    const id = await addStrategy(test.database);
    const held = await claimOne(test.database);
    await settle(unable(held, 5000));
    const row = await clock(test.database, id);
    expect(row).toMatchObject({
      total: 0,
      failed: 0,
      consecutive_failures: 0,
      missed: 0,
      tick_ms: held.plannedAtMs,
      is_claimed: false,
    });
    expect(row.last_error).toBe("MARKET_AWAY: the market does not answer");
    expect((row.due_ms ?? 0) - held.nowMs).toBeGreaterThanOrEqual(5000);
    expect(await claim(test.database)).toEqual([]);
  });

  it("gives back a run for others to claim at once, and wakes them", async () => {
    const id = await addStrategy(test.database);
    const held = await claimOne(test.database);
    const { promise: woken, resolve } = Promise.withResolvers<void>();
    const listener = await test.database.listen(
      "shoal_strategies",
      () => resolve(),
      () => {},
    );
    try {
      await settle(released(held));
      await woken;
    } finally {
      await listener.close();
    }
    expect(await clock(test.database, id)).toMatchObject({
      total: 0,
      missed: 0,
      tick_ms: held.plannedAtMs,
      last_error: null,
    });
    expect(await claimOne(test.database, "w2")).toMatchObject({
      id,
      epoch: 2,
      lostClaims: 0,
      plannedAtMs: held.plannedAtMs,
    });
  });
});
