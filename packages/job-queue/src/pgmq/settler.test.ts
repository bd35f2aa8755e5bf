import { FleetError } from "@shoal/kernel";
import { leakCheck, testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { Held, type Outcome } from "./held.ts";
import { createSettler } from "./settler.ts";

const leaks = leakCheck();
const completed: Outcome = { kind: "completed", durationMs: 1 };
const away = () => new FleetError("STORE_UNAVAILABLE", "away", { retryable: true });

/** A settler whose statements answer when the test says so. */
const makeSettler = (overrides: { isBusy?: boolean } = {}) => {
  const runtime = testRuntime();
  leaks.clock(runtime.clock);
  const asked: (PromiseWithResolvers<Set<string>> & { readonly what: string })[] = [];
  const ask = (kind: string) => (_queue: string, rows: readonly { id: string; seconds?: number }[]) => {
    const pending = Promise.withResolvers<Set<string>>();
    asked.push({ ...pending, what: `${kind} ${rows.map((row) => row.id).join(" ")}` });
    return pending.promise;
  };
  const settled: string[] = [];
  const errors: unknown[] = [];
  const reported: string[] = [];
  const settler = createSettler({
    queue: "jobs",
    statements: { archive: ask("archive"), setVisibility: ask("set"), bury: ask("bury") },
    runtime,
    batchSize: 3,
    isBusy: () => overrides.isBusy ?? true,
    onSettled: (held, outcome, isOurs) => settled.push(`${held.id} ${outcome.kind} ${isOurs}`),
    onWritten: () => {},
    onError: (error) => errors.push(error),
    report: { succeeded: () => reported.push("succeeded"), failed: () => reported.push("failed") },
  });
  const add = (id: string, outcome: Outcome = completed, expiresAtMs = 30_000) => {
    const row = { queue: "jobs", id, reads: 1, enqueued_at: new Date(0), message: {}, key: null };
    const held = new Held(row, 5, expiresAtMs);
    settler.add(held, outcome);
  };
  const answer = async (...ids: string[]) => {
    asked.at(-1)?.resolve(new Set(ids));
    await runtime.clock.advance(0);
  };
  const refuse = async (error: Error) => {
    asked.at(-1)?.reject(error);
    await runtime.clock.advance(0);
  };
  return {
    settler,
    clock: runtime.clock,
    asked,
    settled,
    errors,
    reported,
    add,
    answer,
    refuse,
    what: () => asked.map((each) => each.what),
  };
};

describe("settling messages", () => {
  it("writes together what ends within a moment, at once when it is a batch or nothing else is to come", async () => {
    const { clock, add, answer, what } = makeSettler();
    add("1");
    add("2");
    expect(what()).toEqual([]);
    await clock.advance(20);
    expect(what()).toEqual(["archive 1 2"]);
    await answer("1", "2");
    const batch = Array.from({ length: 3 }, (_, index) => `${index + 3}`);
    for (const id of batch) add(id);
    expect(what()).toEqual(["archive 1 2", `archive ${batch.join(" ")}`]);
    await answer(...batch);
    const idle = makeSettler({ isBusy: false });
    idle.add("1");
    expect(idle.what()).toEqual(["archive 1"]);
    await idle.answer("1");
  });

  it("waits no longer once nothing else is to come", async () => {
    const state = { isBusy: true };
    const { settler, add, answer, what } = makeSettler(state);
    add("1");
    settler.check();
    expect(what()).toEqual([]);
    state.isBusy = false;
    settler.check();
    expect(what()).toEqual(["archive 1"]);
    await answer("1");
  });

  it("gathers the next batch while one is written, one statement for each kind", async () => {
    const { add, answer, what, settled, asked, clock } = makeSettler({ isBusy: false });
    add("1");
    add("2");
    add("3", { kind: "failed", code: "E", words: "", retrySeconds: 7 });
    add("4", { kind: "dead", code: "E", words: "" });
    add("5", { kind: "released" });
    expect(what()).toEqual(["archive 1"]);
    await answer("1");
    expect(what().slice(1)).toEqual(["archive 2", "set 3 5", "bury 4"]);
    for (const each of asked) each.resolve(new Set(["2", "3", "4"]));
    await clock.advance(0);
    expect(settled.toSorted()).toEqual([
      "1 completed true",
      "2 completed true",
      "3 failed true",
      "4 dead true",
      "5 released false",
    ]);
  });

  it("tries again after the database was away, and takes a write without an answer for its own while nobody else can", async () => {
    const { clock, add, answer, refuse, settled, errors, reported, what } = makeSettler({ isBusy: false });
    add("1", completed, 30_000);
    add("2", completed, 50);
    await refuse(away());
    expect(errors).toHaveLength(1);
    await clock.advance(2_000);
    expect(what().at(-1)).toBe("archive 1 2");
    await answer();
    expect(settled).toEqual(["1 completed true", "2 completed false"]);
    expect(reported).toEqual(["failed", "succeeded"]);
  });

  it.each([
    ["an error that nothing is known of", new TypeError("undefined is not an object")],
    ["a right that is taken away", new FleetError("STORE_ACCESS_DENIED", "permission denied")],
  ])("tries again after %s: what was done must not be done twice", async (_what, error) => {
    const { clock, add, answer, refuse, settled, what } = makeSettler({ isBusy: false });
    add("1");
    await refuse(error);
    expect(settled).toEqual([]);
    await clock.advance(2_000);
    expect(what()).toEqual(["archive 1", "archive 1"]);
    await answer("1");
    expect(settled).toEqual(["1 completed true"]);
  });

  it("does not try again what the database refuses, nor does it hold up the rest", async () => {
    const { add, answer, refuse, settled, what } = makeSettler({ isBusy: false });
    add("1", { kind: "dead", code: "E", words: "" });
    await refuse(new FleetError("QUEUE_UNKNOWN", "no dead letter queue"));
    expect(settled).toEqual(["1 dead false"]);
    add("2");
    expect(what().at(-1)).toBe("archive 2");
    await answer("2");
    expect(settled.at(-1)).toBe("2 completed true");
  });

  it("tries once more at its end, and leaves no timer", async () => {
    const { settler, clock, add, refuse, settled, asked } = makeSettler({ isBusy: false });
    add("1");
    await refuse(away());
    expect(clock.pendingTimers).toBe(1);
    const finished = settler.finish();
    expect(asked).toHaveLength(2);
    await refuse(away());
    await finished;
    expect(settled).toEqual(["1 completed false"]);
  });
});
