import { createSimulatedClock, testRuntime } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LeaseEvents } from "../src/leases/lease.ts";
import { keepLeases, type LeaseKeeper } from "../src/leases/lease-keeper.ts";
import { memoryLeaseTable } from "./memory-lease-table.ts";

const TERM_MS = 900;

function fixture() {
  const runtime = testRuntime();
  const table = memoryLeaseTable(runtime.clock);
  const keep = (holder: string) => {
    const reported: string[] = [];
    const report = { succeeded: () => reported.push("succeeded"), failed: () => reported.push("failed") };
    const keeper = keepLeases(table, { runtime, holder, termMs: TERM_MS, report });
    const losses: LeaseEvents["lease:lost"][] = [];
    keeper.events.on("lease:lost", (event) => losses.push(event));
    return { keeper, losses, reported };
  };
  return { runtime, clock: runtime.clock, table, keep };
}

const epochOf = (keeper: LeaseKeeper, resource: string) => keeper.held(resource)?.epoch;

describe("a lease keeper", () => {
  it("takes what is free and leaves what somebody else holds", async () => {
    const { keep } = fixture();
    const [first, second] = [keep("a").keeper, keep("b").keeper];
    await first.acquire(["x"]);
    expect(await second.acquire(["x", "y"])).toEqual([{ resource: "y", holder: "b", epoch: 1 }]);
    expect([first.count, second.count]).toEqual([1, 1]);
  });

  it("renews at a third of the term for as long as it is kept", async () => {
    const { clock, keep } = fixture();
    const { keeper, losses } = keep("a");
    await keeper.acquire(["x"]);
    await clock.advance(TERM_MS * 10);
    expect(epochOf(keeper, "x")).toBe(1);
    expect(losses).toEqual([]);
  });

  it("names what it holds already without taking it again", async () => {
    const { keep } = fixture();
    const { keeper } = keep("a");
    await keeper.acquire(["x"]);
    expect(await keeper.acquire(["x", "y"])).toEqual([
      { resource: "x", holder: "a", epoch: 1 },
      { resource: "y", holder: "a", epoch: 1 },
    ]);
  });

  it("tells of the loss when the term is over while the database is out of reach", async () => {
    const { clock, table, keep } = fixture();
    const { keeper, losses } = keep("a");
    await keeper.acquire(["x"]);
    table.isReachable = false;
    await clock.advance(TERM_MS - 1);
    expect(losses).toEqual([]);
    await clock.advance(1);
    expect(losses).toEqual([{ resource: "x", holder: "a", epoch: 1, reason: "expired" }]);
    expect(keeper.held("x")).toBeUndefined();
  });

  it("reports how each renewal ends", async () => {
    const { clock, table, keep } = fixture();
    const { keeper, reported } = keep("a");
    await keeper.acquire(["x"]);
    table.isReachable = false;
    await clock.advance(TERM_MS / 3);
    table.isReachable = true;
    await clock.advance(TERM_MS / 3);
    expect(reported).toEqual(["failed", "succeeded"]);
  });

  it("outlives an outage shorter than two thirds of the term", async () => {
    const { clock, table, keep } = fixture();
    const { keeper, losses } = keep("a");
    const failures: number[] = [];
    keeper.events.on("lease:renewal_failed", (event) => failures.push(event.count));
    await keeper.acquire(["x"]);
    table.isReachable = false;
    await clock.advance(TERM_MS / 3 + 10);
    table.isReachable = true;
    await clock.advance(TERM_MS * 3);
    expect(failures).toEqual([1]);
    expect(losses).toEqual([]);
    expect(epochOf(keeper, "x")).toBe(1);
  });

  it("lets another take over a dead holder's lease with the next epoch, and the first one hears of it", async () => {
    const { clock, table, keep } = fixture();
    const first = keep("a");
    const second = keep("b");
    await first.keeper.acquire(["x"]);
    table.isReachable = false;
    await clock.advance(TERM_MS);
    table.isReachable = true;
    expect(await second.keeper.acquire(["x"])).toEqual([{ resource: "x", holder: "b", epoch: 2 }]);
    expect(first.losses).toHaveLength(1);
    expect(await first.keeper.acquire(["x"])).toEqual([]);
  });

  it("fences an earlier life of the same holder", async () => {
    const { clock, keep } = fixture();
    const earlier = keep("a");
    await earlier.keeper.acquire(["x"]);
    const later = keep("a");
    expect(await later.keeper.acquire(["x"])).toEqual([{ resource: "x", holder: "a", epoch: 2 }]);
    await clock.advance(TERM_MS / 3);
    expect(earlier.losses).toEqual([{ resource: "x", holder: "a", epoch: 1, reason: "taken" }]);
    expect(epochOf(later.keeper, "x")).toBe(2);
  });

  it("does not trust a renewal whose answer came after the term it confirms", async () => {
    const { clock, table, keep } = fixture();
    const { keeper, losses } = keep("a");
    await keeper.acquire(["x"]);
    const gate = Promise.withResolvers<void>();
    table.answerGate = gate.promise;
    await clock.advance(TERM_MS * 2);
    expect(losses).toHaveLength(1);
    gate.resolve();
    await clock.advance(0);
    expect(keeper.count).toBe(0);
  });

  it("gives back at once what it acquires while it closes", async () => {
    const { clock, table, keep } = fixture();
    const { keeper } = keep("a");
    const gate = Promise.withResolvers<void>();
    table.answerGate = gate.promise;
    const acquired = keeper.acquire(["x"]);
    const closed = keeper.close();
    gate.resolve();
    expect(await acquired).toEqual([]);
    await closed;
    expect(table.rows.get("x")?.holder).toBeNull();
    expect(clock.pendingTimers).toBe(0);
  });

  it("leaves neither leases nor timers behind when it is closed, twice over", async () => {
    const { clock, table, keep } = fixture();
    const { keeper } = keep("a");
    await keeper.acquire(["x", "y"]);
    await Promise.all([keeper.close(), keeper.close()]);
    expect([keeper.count, clock.pendingTimers]).toEqual([0, 0]);
    expect([...table.rows.values()].map((row) => row.holder)).toEqual([null, null]);
    expect(await keeper.acquire(["z"])).toEqual([]);
  });

  it("counts a lease as gone even when the database cannot be told", async () => {
    const { clock, table, keep } = fixture();
    const { keeper } = keep("a");
    await keeper.acquire(["x"]);
    table.isReachable = false;
    await expect(keeper.close()).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect([keeper.count, clock.pendingTimers]).toEqual([0, 0]);
  });
});

type Step =
  | { kind: "acquire" | "release" | "cut" | "join"; who: number; resource: string }
  | { kind: "wait"; ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom("acquire", "acquire", "release", "cut", "join"),
    who: fc.nat(2),
    resource: fc.constantFrom("x", "y"),
  }),
  fc.record({ kind: fc.constant("wait"), ms: fc.integer({ min: 1, max: TERM_MS * 2 }) }),
);

/** Runs three processes on one table, each with a network that can be cut. */
function replicas() {
  const clock = createSimulatedClock();
  const shared = memoryLeaseTable(clock);
  return Array.from({ length: 3 }, (_, index) => {
    const line = { isCut: false };
    const over = <Arguments extends unknown[], T>(call: (...args: Arguments) => Promise<T>) => {
      return (...args: Arguments) => (line.isCut ? Promise.reject(new Error("line cut")) : call(...args));
    };
    const table = { acquire: over(shared.acquire), renew: over(shared.renew), release: over(shared.release) };
    const runtime = { ...testRuntime(), clock };
    return { clock, line, keeper: keepLeases(table, { runtime, holder: `replica-${index}`, termMs: TERM_MS }) };
  });
}

describe("three lease keepers on one table", () => {
  it("never hold one resource at the same time, and epochs only grow, whoever is cut off when", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const all = replicas();
        const epochs = new Map<string, number>();
        for (const { keeper } of all) {
          keeper.events.on("lease:acquired", ({ resource, epoch }) => {
            epochs.set(resource, epoch > (epochs.get(resource) ?? 0) ? epoch : Number.NaN);
          });
        }
        for (const next of steps) {
          if (next.kind === "wait") {
            await all[0]?.clock.advance(next.ms);
          } else {
            const replica = all[next.who];
            if (!replica) continue;
            if (next.kind === "acquire") await replica.keeper.acquire([next.resource]).catch(() => {});
            if (next.kind === "release") await replica.keeper.release([next.resource]).catch(() => {});
            if (next.kind === "cut" || next.kind === "join") replica.line.isCut = next.kind === "cut";
          }
          for (const name of ["x", "y"]) {
            expect(all.filter(({ keeper }) => keeper.held(name)).length).toBeLessThanOrEqual(1);
          }
        }
        expect([...epochs.values()]).not.toContain(Number.NaN);
      }),
      { numRuns: 200 },
    );
  });
});
