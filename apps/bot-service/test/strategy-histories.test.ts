import { integer, isFleetError, pick, type Rng } from "@shoal/kernel";
import type { Sql } from "@shoal/store";
import { backends, emptyTables, seededRng, soakRuns, type TestDatabase } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import type { SettledRun } from "../src/strategies/executor/settled-run.types.ts";
import { extendLeases, type StrategyClaim, settleAndClaim } from "../src/strategies/executor/statements.ts";
import { emptyStrategies } from "./strategy-rows.ts";
import {
  addStrategies,
  clocks,
  LEASE_MS,
  order,
  ownerId,
  passTime,
  ran,
  released,
  runId,
  skipped,
  strategyTests,
  unable,
  wrongOwners,
} from "./strategy-support.ts";

const OWNERS = 3;
const HISTORIES = soakRuns(4, 400);
const ACTS = 60;
const CROWDS = soakRuns(2, 100);
const CROWD_ACTS = 25;
const HOLDERS = 8;

/** What a desk does to a strategy: the owner is locked first, and looked at last. */
const DESK = {
  stop: "update shoal.strategy_clock set epoch = epoch + 1, revision = revision + 1, claimed_at = null, lost_claims = 0, is_manual = false, due_at = null where strategy_id = $1",
  start: "update shoal.strategy_clock set due_at = clock_timestamp() where strategy_id = $1 and claimed_at is null",
  deploy:
    "update shoal.strategy_clock set epoch = epoch + 1, revision = revision + 1, claimed_at = null, due_at = clock_timestamp() where strategy_id = $1",
  delete: "delete from shoal.strategies where id = $1",
} as const;
type Change = keyof typeof DESK;

async function change(tx: Sql<string>, what: Change, { id, owner }: { id: string; owner: number }): Promise<void> {
  await tx.query("select shoal.strategy_owner_lock($1::uuid[])", [[ownerId(owner)]]);
  const status = { stop: "stopped", start: "running", deploy: "running", delete: undefined }[what];
  if (status)
    await tx.query("update shoal.strategies set status = $2, version = version + 1 where id = $1", [id, status]);
  await tx.query(DESK[what], [id]);
  await tx.query("select shoal.strategy_owner_refresh($1::uuid[])", [[ownerId(owner)]]);
}

/** What came of a claim, of any kind. */
function outcomeOf(rng: Rng, claim: StrategyClaim): SettledRun {
  const orders = [order(runId(claim.id, claim.epoch), { runId: runId(claim.id, claim.epoch) })];
  const book = { book: { epoch: claim.epoch }, settledUntilMs: 1, balances: [{ currency: "USDT", amount: "1" }] };
  return pick(rng, [
    () => ran(claim),
    () => ran(claim, { outcome: pick(rng, ["failed", "killed"]), durationMs: integer(rng, 0, 5000) }),
    () => ran(claim, { orders, ...book, statePatch: { epoch: claim.epoch }, equity: "5" }),
    () => ran(claim, { pause: { status: "quarantined", reason: "test" } }),
    () => skipped(claim, { untilMs: claim.nowMs + integer(rng, 0, 100_000) }),
    () => unable(claim, integer(rng, 0, 10_000)),
    () => released(claim),
  ])();
}

interface Strategy {
  readonly id: string;
  readonly owner: number;
}

const KEEP_ALL = 1_000_000;
const turnOf = (
  sql: Pick<Sql<string>, "query">,
  holder: string,
  limit: number,
  done: readonly SettledRun[],
  seen: string | null = null,
) => settleAndClaim(sql, { holder, leaseMs: LEASE_MS, limit, keptRunCount: KEEP_ALL }, done, seen);

describe.each(backends())("histories of strategies on the %s Postgres", (backend) => {
  const { test } = strategyTests(backend);

  const addSome = async (rng: Rng): Promise<Strategy[]> => {
    const given = Array.from({ length: 12 }, () => ({
      owner: integer(rng, 1, OWNERS),
      dueInMs: pick(rng, [-1000, 0, 30_000, null]),
      intervalMs: pick(rng, [1000, 60_000]),
    }));
    const ids = await addStrategies(test.database, given);
    return ids.map((id, n) => ({ id, owner: given[n]?.owner ?? 0 }));
  };

  /** One after the other, so that what must come of each act is known. */
  async function play(seed: number): Promise<void> {
    const rng = seededRng(seed);
    const strategies = await addSome(rng);
    const held = new Map<string, StrategyClaim & { readonly holder: string }>();
    const outdated: (StrategyClaim & { readonly holder: string })[] = [];
    let writtenCount = 0;
    let seen: string | null = null;
    for (let act = 0; act < ACTS; act += 1) {
      const holder = pick(rng, ["w1", "w2"]);
      const mine = [...held.values()].filter((each) => each.holder === holder);
      const kind = pick(rng, ["turn", "turn", "turn", "extend", "pass", "desk", "add"] as const);
      if (kind === "turn") {
        const good = mine.filter(() => rng.next() < 0.7);
        const bad = outdated.filter(({ id }) => rng.next() < 0.3 && !good.some((each) => each.id === id));
        const once = bad.filter(({ id }, n) => bad.findIndex((each) => each.id === id) === n);
        const done = [...good, ...once].map((claim) => outcomeOf(rng, claim));
        const from = rng.next() < 0.7 ? seen : null;
        const { claimed, lostIds, seen: seenNow } = await turnOf(test.database, holder, integer(rng, 0, 4), done, from);
        seen = seenNow ?? seen;
        expect(lostIds).toEqual(new Set(once.map(({ id }) => id)));
        for (const { id } of good) held.delete(id);
        writtenCount += done.slice(0, good.length).filter((each) => each.kind === "run").length;
        for (const claim of claimed) {
          const before = held.get(claim.id);
          if (before) outdated.push(before);
          expect(claim.epoch).toBeGreaterThan(before?.epoch ?? 0);
          held.set(claim.id, { ...claim, holder });
        }
      } else if (kind === "extend") {
        const kept = await extendLeases(test.database, { holder, leaseMs: LEASE_MS }, [...mine, ...outdated]);
        expect(kept).toEqual(new Set(mine.map(({ id }) => id)));
      } else if (kind === "pass") {
        await passTime(test.database, pick(rng, [500, 20_000, 2 * LEASE_MS]));
      } else if (kind === "add") {
        if (strategies.length < 40) strategies.push(...(await addSome(rng)).slice(0, 12));
      } else {
        const what = pick(rng, ["stop", "start", "deploy", "delete"] as const);
        const strategy = pick(rng, strategies);
        await test.database.transaction((tx) => change(tx, what, strategy));
        const claim = held.get(strategy.id);
        if (claim && what !== "start") {
          outdated.push(claim);
          held.delete(strategy.id);
        }
        if (what === "delete") {
          strategies.splice(strategies.indexOf(strategy), 1);
          const gone = await test.database.query("select from shoal.strategy_runs where strategy_id = $1", [
            strategy.id,
          ]);
          expect(gone).toEqual([]);
          writtenCount = await runCount();
        }
      }
      expect(await wrongOwners(test.database)).toEqual([]);
      expect(await runCount()).toBe(writtenCount);
    }
    const rows = await clocks(test.database);
    expect(rows.filter((row) => row.is_claimed).map(({ id }) => id)).toEqual([...held.keys()].toSorted());
    for (const row of rows) expect(row.successful + row.failed).toBe(row.total);
  }

  async function runCount(): Promise<number> {
    const [row] = await test.database.query<{ count: number }>(
      "select count(*)::int as count from shoal.strategy_runs",
    );
    return row?.count ?? 0;
  }

  it("keep every owner's row right, and write each outcome once or not at all", async () => {
    const seeds = Array.from({ length: HISTORIES }, (_, n) => (backend === "embedded" ? 1000 : 2000) + n);
    for (const seed of seeds) {
      await emptyStrategies(test);
      await play(seed).catch((error: unknown) => {
        throw new Error(`seed ${seed}: ${error}`, { cause: error });
      });
    }
  });

  /** One of many at the same time; returns ids of runs that were written, by the answers. */
  async function actInCrowd(sql: TestDatabase["database"], holder: string, rng: Rng, strategies: readonly Strategy[]) {
    const written: string[] = [];
    let held: readonly StrategyClaim[] = [];
    for (let act = 0; act < CROWD_ACTS; act += 1) {
      const kind = pick(rng, ["turn", "turn", "turn", "extend", "desk"] as const);
      if (kind === "extend") await extendLeases(sql, { holder, leaseMs: LEASE_MS }, held);
      else if (kind === "desk") {
        const what = pick(rng, ["stop", "start", "deploy", "start", "delete"] as const);
        await sql.transaction((tx) => change(tx, what, pick(rng, strategies)));
      } else {
        const done = held.map((claim) => outcomeOf(rng, claim));
        const { claimed, lostIds } = await turnOf(sql, holder, integer(rng, 1, 6), done);
        written.push(...done.flatMap((each) => (each.kind === "run" && !lostIds.has(each.id) ? [each.runId] : [])));
        held = claimed;
      }
    }
    return written;
  }

  it("never deadlock and lose nothing when eight connections act at once", async () => {
    const crowd = test.connect(HOLDERS);
    for (let seed = 0; seed < CROWDS; seed += 1) {
      await emptyTables(test.database, ["shoal.strategies", "shoal.strategy_owners"]);
      const strategies = await addSome(seededRng(seed));
      const acts = Array.from({ length: HOLDERS }, (_, n) =>
        actInCrowd(crowd, `w${n}`, seededRng(seed * HOLDERS + n), strategies),
      );
      const ended = await Promise.allSettled(acts);
      const failed = ended.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
      expect(failed.map((error) => (isFleetError(error) ? error.details : error))).toEqual([]);
      const written = ended.flatMap((each) => (each.status === "fulfilled" ? each.value : []));
      expect(new Set(written).size).toBe(written.length);
      // Runs of strategies that were deleted are gone with them.
      const rows = await test.database.query<{ id: string }>("select id from shoal.strategy_runs");
      const left = new Set((await clocks(test.database)).map(({ id }) => id.slice(0, 24)));
      const expected = written.filter((id) => left.has(id.slice(0, 24)));
      expect(rows.map(({ id }) => id).toSorted()).toEqual(expected.toSorted());
      const total = (await clocks(test.database)).reduce((sum, row) => sum + row.total, 0);
      expect(total).toBe(expected.length);
      // A lease that was extended while its owner was locked: the claim sees it.
      await turnOf(test.database, "last", 1000, []);
      expect(await wrongOwners(test.database)).toEqual([]);
    }
  });
});
