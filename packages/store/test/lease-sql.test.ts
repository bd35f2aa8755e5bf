import { backends, testDatabase } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLeaseKeeper, type Lease, type Sql } from "../src/index.ts";
import { acquireLeases, countLeases, fenceLeases, releaseLeases, renewLeases } from "../src/leases/lease-sql.ts";
import { memoryLeaseTable } from "./memory-lease-table.ts";

const LONG_MS = 3_600_000;

describe.each(backends())("leases on the %s backend", (backend) => {
  const take = (resources: string[], holder: string) => ({ resources, holder, termMs: LONG_MS });

  it("go to exactly one of many holders that ask at once", async () => {
    await using test = await testDatabase({ backend });
    const wanted = ["c", "a", "b"];
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => acquireLeases(test.database, take(wanted, `holder-${index}`))),
    );
    expect(
      answers
        .flat()
        .map((lease) => lease.resource)
        .sort(),
    ).toEqual(["a", "b", "c"]);
    expect(await countLeases(test.database)).toBe(3);
  });

  it("go over to another holder with the next epoch once they have expired, and the late one is fenced", async () => {
    await using test = await testDatabase({ backend });
    const { database } = test;
    const [old] = await acquireLeases(database, take(["x"], "a"));
    await database.query("update shoal.leases set expires_at = clock_timestamp()");
    const [next] = await acquireLeases(database, take(["x"], "b"));
    expect(next).toEqual({ resource: "x", holder: "b", epoch: 2 });
    expect(await renewLeases(database, "a", [old as Lease], LONG_MS)).toEqual([]);
    await releaseLeases(database, "a", [old as Lease]);
    expect(await database.transaction((tx) => fenceLeases(tx, "a", [old as Lease]))).toEqual([]);
    expect(await database.transaction((tx) => fenceLeases(tx, "b", [next as Lease]))).toEqual(["x"]);
  });

  it("fences many at once, and names those that are still held", async () => {
    await using test = await testDatabase({ backend });
    const { database } = test;
    const leases = await acquireLeases(database, take(["kept", "lost", "taken", "gone"], "a"));
    await database.query("update shoal.leases set expires_at = clock_timestamp() where resource in ('lost', 'taken')");
    await acquireLeases(database, take(["taken"], "b"));
    await releaseLeases(
      database,
      "a",
      leases.filter(({ resource }) => resource === "gone"),
    );
    expect(await database.transaction((tx) => fenceLeases(tx, "a", leases))).toEqual(["kept"]);
    expect(await database.transaction((tx) => fenceLeases(tx, "a", []))).toEqual([]);
  });

  it("cannot be taken over while a transaction depends on them", async () => {
    await using test = await testDatabase({ backend });
    const { database } = test;
    const [lease] = await acquireLeases(database, take(["x"], "a"));
    const order: string[] = [];
    const entered = Promise.withResolvers<void>();
    const work = database.transaction(async (tx) => {
      expect(await fenceLeases(tx, "a", [lease as Lease])).toEqual(["x"]);
      await tx.query("update shoal.leases set expires_at = clock_timestamp() where false");
      entered.resolve();
      await waitUntilBlocked(tx);
      order.push("worked");
    });
    await entered.promise;
    // The same holder may always take again, so this one only waits for the row.
    const taken = acquireLeases(database, take(["x"], "a")).then(() => order.push("taken"));
    await Promise.all([work, taken]);
    expect(order).toEqual(["worked", "taken"]);
  });

  it("are taken for ever longer by a keeper and leave nothing behind when it closes", async () => {
    await using test = await testDatabase({ backend });
    const keeper = createLeaseKeeper({ database: test.database, runtime: test.runtime, holder: "a", termMs: LONG_MS });
    await keeper.acquire(["x", "y"]);
    expect(await countLeases(test.database, "a")).toBe(2);
    await keeper.close();
    expect(await countLeases(test.database)).toBe(0);
    expect(test.runtime.clock.pendingTimers).toBe(0);
  });

  it("follow the model through any history of taking, renewing, releasing and expiring", async () => {
    await using test = await testDatabase({ backend });
    const { database } = test;
    const command = fc.record({
      kind: fc.constantFrom("acquire", "renew", "release", "expire"),
      holder: fc.constantFrom("a", "b"),
      resources: fc.array(fc.constantFrom<string>("x", "y", "z"), { minLength: 1, maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 15 }), async (commands) => {
        await database.query("delete from shoal.leases");
        let nowMs = 0;
        const model = memoryLeaseTable({ monotonicMs: () => nowMs });
        const known: Lease[] = [];
        for (const { kind, holder, resources } of commands) {
          const mine = known.filter((lease) => lease.holder === holder && resources.includes(lease.resource));
          if (kind === "acquire") {
            const expected = await model.acquire(take(resources, holder));
            const actual = await acquireLeases(database, take(resources, holder));
            expect(actual.toSorted((l, r) => l.resource.localeCompare(r.resource))).toEqual(expected);
            known.push(...actual);
          } else if (kind === "renew") {
            const expected = await model.renew(holder, mine, LONG_MS);
            expect((await renewLeases(database, holder, mine, LONG_MS)).sort()).toEqual(expected.sort());
          } else if (kind === "release") {
            await model.release(holder, mine);
            await releaseLeases(database, holder, mine);
          } else {
            nowMs += LONG_MS;
            await database.query("update shoal.leases set expires_at = clock_timestamp() where holder is not null");
          }
        }
      }),
      { numRuns: 40 },
    );
  });
});

/** Resolves when another session of this database waits for a lock. */
async function waitUntilBlocked(sql: Sql<string>): Promise<void> {
  for (;;) {
    const rows = await sql.query(
      "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
    );
    if (rows.length > 0) return;
    // Within a transaction the view is a snapshot unless it is cleared.
    await sql.query("select pg_stat_clear_snapshot()");
  }
}
