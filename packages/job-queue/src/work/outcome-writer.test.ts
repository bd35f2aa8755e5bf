import { createEmitter, FleetError } from "@shoal/kernel";
import { leakCheck, testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { JobQueueError } from "../errors.ts";
import { QueueSource } from "../pgmq/queue-source.ts";
import type { QueueEvents, QueueHandler } from "../types.ts";
import { messageRow } from "./message-row.test-support.ts";
import { WorkEngine } from "./work-engine.ts";

const leaks = leakCheck();
const away = () => new FleetError("STORE_UNAVAILABLE", "away", { retryable: true });

interface Asked extends PromiseWithResolvers<Set<string>> {
  readonly what: string;
}

/** Messages of one queue that end when the test says so, and statements that are answered when it says so. */
const makeEngine = () => {
  const runtime = testRuntime();
  leaks.clock(runtime.clock);
  const asked: Asked[] = [];
  const ask = (kind: string) => (_queue: string, rows: readonly { id: string }[]) => {
    const pending = Promise.withResolvers<Set<string>>();
    asked.push({ ...pending, what: `${kind} ${rows.map((row) => row.id).join(" ")}` });
    return pending.promise;
  };
  let readCount = 0;
  const events = createEmitter<QueueEvents>();
  const told: string[] = [];
  const reported: string[] = [];
  events.onAny((name, event) => {
    if ("messageId" in event) told.push(`${event.messageId} ${name.replace("message:", "")}`);
    if (name === "queue:failed") told.push(name);
  });
  const runs = new Map<string, PromiseWithResolvers<void>>();
  const handler: QueueHandler = {
    run({ id }) {
      const run = Promise.withResolvers<void>();
      runs.set(id, run);
      return run.promise;
    },
    backoff: { jitter: "proportional", baseMs: 7_000, maxMs: 7_000, factor: 1, jitterRatio: 0 },
    timeLimitMs: Infinity,
  };
  const source = new QueueSource({
    sql: { query: () => Promise.reject(new Error("nothing else is asked")) },
    statements: {
      read: async ([wanted]) => ({
        rows: Array.from({ length: wanted?.quantity ?? 0 }, () => {
          readCount += 1;
          return messageRow("jobs", `${readCount}`);
        }),
        nextDueMs: undefined,
      }),
      ...{ archive: ask("archive"), setVisibility: ask("set"), bury: ask("bury") },
    },
    ...{ runtime, handlers: { jobs: handler }, events, visibilitySeconds: 30, maxReads: 5 },
    enqueue: () => Promise.reject(new Error("no job is added here")),
    reportLoop: (name) => ({
      succeeded: () => name === "queue:jobs" && reported.push("succeeded"),
      failed: () => name === "queue:jobs" && reported.push("failed"),
    }),
  });
  const engine = new WorkEngine({ source, runtime, concurrency: 20, batchSize: 3 });
  const { clock } = runtime;
  return {
    ...{ engine, clock, asked, told, reported },
    what: () => asked.map((each) => each.what),
    /** Reads so many messages, whose ids go on from the last one. */
    async read(count: number) {
      const pass = engine.runPass(count);
      await clock.advance(0);
      return pass;
    },
    async end(...ids: string[]) {
      for (const id of ids) runs.get(id)?.resolve();
      await clock.advance(0);
    },
    async fail(id: string, error = new Error("no")) {
      runs.get(id)?.reject(error);
      await clock.advance(0);
    },
    async answer(...ids: string[]) {
      asked.at(-1)?.resolve(new Set(ids));
      await clock.advance(0);
    },
    async refuse(error: Error) {
      asked.at(-1)?.reject(error);
      await clock.advance(0);
    },
  };
};

/** What the database says of a value that its column cannot hold. */
const valueRefused = (message: string) => new FleetError("STORE_QUERY", message, { details: { sqlstate: "22003" } });

describe("writing outcomes", () => {
  it("writes together what ends within a moment, at once when it is a batch or nothing else is to come", async () => {
    const { clock, read, end, answer, what } = makeEngine();
    void read(6);
    await clock.advance(0);
    await end("1", "2");
    expect(what()).toEqual([]);
    await clock.advance(20);
    expect(what()).toEqual(["archive 1 2"]);
    await answer("1", "2");
    await end("3", "4", "5");
    expect(what()).toEqual(["archive 1 2", "archive 3 4 5"]);
    await answer("3", "4", "5");
    await end("6");
    expect(what().at(-1)).toBe("archive 6");
    await answer("6");
  });

  it("waits no longer once nothing else is to come", async () => {
    const { engine, clock, read, end, answer, what, asked } = makeEngine();
    void read(2);
    await clock.advance(0);
    await end("1");
    expect(what()).toEqual([]);
    await end("2");
    expect(what()).toEqual(["archive 1 2"]);
    await answer("1", "2");
    await engine.drain(0);
    expect(asked).toHaveLength(1);
  });

  it("gathers the next batch while one is written, one statement for each kind", async () => {
    const { clock, read, end, fail, answer, what, told, asked, engine } = makeEngine();
    void read(5);
    await clock.advance(0);
    await end("1");
    await clock.advance(20);
    await end("2");
    await fail("3");
    await fail("4", new JobQueueError("JOB_GIVEN_UP", "no use"));
    expect(what()).toEqual(["archive 1"]);
    const drained = engine.drain(400);
    await clock.advance(400 - 100 + 50);
    expect(what()).toEqual(["archive 1"]);
    await answer("1");
    expect(what().slice(1)).toEqual(["archive 2", "set 3 5", "bury 4"]);
    for (const each of asked) each.resolve(new Set(["2", "3", "4"]));
    await clock.advance(0);
    await drained;
    expect(told.toSorted()).toEqual(["1 archived", "2 archived", "3 failed", "4 dead", "5 lost"]);
  });

  it("tries again after the database was away, and takes a write without an answer for its own while nobody else can", async () => {
    const { clock, read, end, answer, refuse, told, reported, what } = makeEngine();
    void read(1);
    await clock.advance(9_000);
    void read(1);
    await clock.advance(0);
    await end("1", "2");
    await refuse(away());
    expect(told).toEqual(["queue:failed"]);
    await clock.advance(2_000);
    expect(what().at(-1)).toBe("archive 1 2");
    // By then the first message may be another reader's: it was not extended, because it may have been archived.
    await clock.advance(19_500);
    await answer();
    expect(told.slice(1)).toEqual(["1 lost", "2 archived"]);
    expect(reported).toEqual(["failed", "succeeded"]);
  });

  it.each([
    ["an error that nothing is known of", new TypeError("undefined is not an object")],
    ["a right that is taken away", new FleetError("STORE_ACCESS_DENIED", "permission denied")],
  ])("tries again after %s: what was done must not be done twice", async (_what, error) => {
    const { clock, read, end, answer, refuse, told, what } = makeEngine();
    void read(1);
    await clock.advance(0);
    await end("1");
    await refuse(error);
    expect(told).toEqual(["queue:failed"]);
    await clock.advance(2_000);
    expect(what()).toEqual(["archive 1", "archive 1"]);
    await answer("1");
    expect(told.at(-1)).toBe("1 archived");
  });

  it("does not try again what the database refuses, nor does it hold up the rest", async () => {
    const { clock, read, end, fail, answer, refuse, told, what } = makeEngine();
    void read(1);
    await clock.advance(0);
    await fail("1", new JobQueueError("JOB_GIVEN_UP", "no use"));
    await refuse(new FleetError("QUEUE_UNKNOWN", "no dead letter queue"));
    expect(told).toEqual(["1 lost", "queue:failed"]);
    void read(1);
    await clock.advance(0);
    await end("2");
    expect(what().at(-1)).toBe("archive 2");
    await answer("2");
    expect(told.at(-1)).toBe("2 archived");
  });

  it("reports no failure any more once the database answers, if only to refuse", async () => {
    const { clock, read, end, refuse, reported } = makeEngine();
    void read(1);
    await clock.advance(0);
    await end("1");
    await refuse(away());
    await clock.advance(2_000);
    await refuse(valueRefused("this row is at fault"));
    expect(reported).toEqual(["failed", "succeeded"]);
  });

  it("writes one by one what was refused together, so that one bad row keeps no other from being written", async () => {
    const { clock, read, end, answer, refuse, told, what } = makeEngine();
    void read(3);
    await clock.advance(0);
    await end("1", "2", "3");
    await refuse(valueRefused("one of the rows is at fault"));
    expect(what().at(-1)).toBe("archive 1");
    await refuse(valueRefused("this row is at fault"));
    await answer("2");
    await answer("3");
    expect(what()).toEqual(["archive 1 2 3", "archive 1", "archive 2", "archive 3"]);
    expect(told.filter((each) => each !== "queue:failed")).toEqual(["1 lost", "2 archived", "3 archived"]);
  });

  it("tries once more at its end, and leaves no timer", async () => {
    const { engine, clock, read, end, refuse, told, asked } = makeEngine();
    const pass = read(1);
    await clock.advance(0);
    await end("1");
    await refuse(away());
    const drained = engine.drain(1);
    await clock.advance(0);
    expect(asked).toHaveLength(2);
    await refuse(away());
    await clock.advance(1);
    await drained;
    expect(clock.pendingTimers).toBe(0);
    expect(told).not.toContain("1 archived");
    expect(await pass).toEqual(new Map([["jobs", expect.objectContaining({ claimed: 1, completed: 0, lost: 1 })]]));
  });
});
