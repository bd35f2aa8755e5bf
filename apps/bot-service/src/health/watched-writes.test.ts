import { FleetError, MINUTE_MS } from "@shoal/kernel";
import { createHealth } from "@shoal/monitor";
import { type Database, StoreError } from "@shoal/store";
import { testDatabase, testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { undone, watchWrites } from "./watched-writes.ts";

const FULL = new StoreError("STORE_UNAVAILABLE", "could not extend file (SQLSTATE 53100)", { retryable: true });

/** Writes of one port, which fail by `fault` and say what they were given. */
function makeWrites() {
  const runtime = testRuntime();
  const health = createHealth({ clock: runtime.clock });
  // Only the outcomes are checked: its timer would be taken for one of a trial.
  health.close();
  const stop = new AbortController();
  const database: { fault: (id: string) => Error | undefined } = { fault: () => undefined };
  const tried: string[] = [];
  const open = async (id: string) => {
    const fault = database.fault(id);
    if (fault) throw fault;
    return `opened ${id}`;
  };
  const port = watchWrites({
    port: { open, read: async () => "read" },
    writes: ["open"],
    trial: {
      open(id: string) {
        tried.push(id);
        return open(id);
      },
    },
    report: health.reportLoop("http-tickets"),
    runtime,
    signal: stop.signal,
  });
  const shown = () => health.readiness().loops[0];
  return { port, health, shown, database, tried, clock: runtime.clock, stop: () => stop.abort(new Error("drains")) };
}

describe("a write that was asked for and fails", () => {
  it("makes the daemon not ready though nobody asks again, until the write works", async () => {
    const { port, health, shown, database, tried, clock } = makeWrites();
    expect(await port.open("ann")).toBe("opened ann");
    database.fault = () => FULL;
    await expect(port.open("ann")).rejects.toBe(FULL);
    expect(health.readiness().ok).toBe(true);
    await clock.advance(MINUTE_MS);
    expect(shown()).toMatchObject({
      ...{ name: "http-tickets", state: "failing", errorCode: "STORE_UNAVAILABLE", detail: FULL.message },
      ...{ since: "2026-01-01T00:00:00.000Z", lastSuccessAt: "2026-01-01T00:00:00.000Z" },
    });
    expect(tried.length).toBeGreaterThan(10);
    database.fault = () => undefined;
    await clock.advance(5000);
    expect(health.readiness().ok).toBe(true);
    expect(shown()).toMatchObject({ state: "ok", failureCount: 0 });
    expect(clock.pendingTimers).toBe(0);
  });

  it("is tried one at a time, however many ask, and others that work meanwhile prove nothing", async () => {
    const { port, health, database, tried, clock } = makeWrites();
    database.fault = (id) => (id.startsWith("odd") ? FULL : undefined);
    for (let count = 0; count < 50; count += 1) {
      await expect(port.open(`odd-${count}`)).rejects.toBe(FULL);
      await port.open("ben");
      await clock.advance(100);
    }
    expect(new Set(tried)).toEqual(new Set(["odd-0"]));
    expect(health.readiness().ok).toBe(false);
    database.fault = () => undefined;
    await clock.advance(5000);
    expect(health.readiness().ok).toBe(true);
  });

  it("ends with the daemon", async () => {
    const { port, database, clock, stop } = makeWrites();
    database.fault = () => FULL;
    await expect(port.open("ann")).rejects.toBe(FULL);
    stop();
    await clock.advance(0);
    expect(clock.pendingTimers).toBe(0);
  });

  it.each([
    ["a refusal of the request", new FleetError("MATCH_INVALID_TICKET", "too long")],
    ["a row that breaks a rule", new StoreError("STORE_CONSTRAINT", "a rule of its table")],
    ["a value of another type", new StoreError("STORE_QUERY", "no number", { details: { sqlstate: "22P02" } })],
    ["an error of ours", new TypeError("x is undefined")],
  ])("is no fault of the database by %s", async (_what, error) => {
    const { port, health, database, tried, clock } = makeWrites();
    database.fault = () => error;
    await expect(port.open("ann")).rejects.toBe(error);
    await clock.advance(MINUTE_MS);
    expect([health.readiness().ok, tried]).toEqual([true, []]);
  });

  it.each([
    new StoreError("STORE_ACCESS_DENIED", "permission denied for table match_tickets"),
    new StoreError("STORE_QUERY", "canceling statement due to lock timeout", { retryable: true }),
    new StoreError("STORE_QUERY", "function does not exist", { details: { sqlstate: "42883" } }),
    new StoreError("STORE_CONFLICT", "deadlock", { retryable: true }),
  ])("counts while it lasts: $message", async (error) => {
    const { port, health, database, clock, stop } = makeWrites();
    database.fault = () => error;
    await expect(port.open("ann")).rejects.toBe(error);
    await clock.advance(MINUTE_MS);
    expect(health.readiness().ok).toBe(false);
    stop();
  });
});

it("takes back what it wrote, and passes on what it found", async () => {
  await using test = await testDatabase();
  const trial: Database<string> = undone(test.database);
  await test.database.script("create table public.kept (id integer primary key)");
  const add = "insert into public.kept values (1) returning id";
  expect(await trial.query(add)).toEqual([{ id: 1 }]);
  expect(
    await trial.transaction(async (tx) => [await tx.query(add), await tx.query("select id from public.kept")]),
  ).toEqual([[{ id: 1 }], [{ id: 1 }]]);
  await expect(trial.query("insert into public.kept values (null)")).rejects.toMatchObject({
    code: "STORE_CONSTRAINT",
  });
  const mine = new Error("mine");
  await expect(trial.transaction(() => Promise.reject(mine))).rejects.toBe(mine);
  expect(await test.database.query("select id from public.kept")).toEqual([]);
});
