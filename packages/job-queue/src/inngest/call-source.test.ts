import { createEmitter, FleetError, unreported } from "@shoal/kernel";
import type { Database } from "@shoal/store";
import { leakCheck, testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import type { JobEvents } from "../types.ts";
import { WorkEngine } from "../work/work-engine.ts";
import { CallInbox } from "./call-inbox.ts";
import { CallSource } from "./call-source.ts";

const leaks = leakCheck();
const OF_JOB_1 = {
  id: "1",
  type: "t",
  payload: null,
  attempt: 1,
  maxAttempts: 3,
  epoch: 1,
  waitMs: 0,
  uniqueKey: null,
};

/** Calls under an engine, with statements that are answered as the test says. */
const makeEngine = (answers: {
  readonly claim?: () => Promise<object[]>;
  readonly write?: () => Promise<object[]>;
  readonly follow?: () => Promise<object[]>;
}) => {
  const runtime = testRuntime();
  leaks.clock(runtime.clock);
  const ran: string[] = [];
  const claimed: (readonly unknown[])[] = [];
  const none = async () => [];
  const { claim = async () => [OF_JOB_1], write = none, follow = none } = answers;
  const query = async (text: string, params: readonly unknown[] = []): Promise<object[]> => {
    if (text.includes("job_complete_and_claim")) return write();
    if (!text.includes("job_claim_one")) return follow();
    claimed.push(params);
    return params.flat().includes("1") ? claim() : [];
  };
  const report = unreported("test");
  const inbox = new CallInbox(() => engine.nudge());
  const source = new CallSource({
    ...{ database: { query: query as Database["query"] } as Database, runtime, inbox, dueForMs: 0, workerId: "me" },
    ...{ events: createEmitter<JobEvents>(), reports: { claims: report, writesOf: () => report, leases: report } },
    ...{ leaseMs: 10_000, handlers: { t: { run: async ({ id }) => void ran.push(id) } } },
  });
  const engine = new WorkEngine({ source, runtime, concurrency: 5, batchSize: 5 });
  engine.start();
  return { clock: runtime.clock, engine, inbox, ran, claimed };
};

/** An engine whose writes are refused so many times; its leases are extended. */
const makeRefused = (sqlstate: string, times: number) => {
  let writeCount = 0;
  const refused = new FleetError("STORE_QUERY", "refused", { details: { sqlstate } });
  const engine = makeEngine({
    write: async () => {
      writeCount += 1;
      if (writeCount <= times) throw refused;
      return [];
    },
    follow: async () => [{ id: "1" }],
  });
  return { ...engine, writeCount: () => writeCount };
};

describe("calls of Inngest", () => {
  it("are claimed together, and those that are not needed keep no other waiting", async () => {
    const followed = Promise.withResolvers<object[]>();
    let followCount = 0;
    const { clock, engine, inbox, ran, claimed } = makeEngine({
      follow: async () => (followCount++ === 0 ? followed.promise : []),
    });
    const ids = ["2", "1", "3", "1"];
    const calls = ids.map((id) => inbox.receive(id).catch((error: unknown) => error));
    await clock.advance(0);
    expect(ran).toEqual(["1"]);
    expect(claimed).toHaveLength(1);
    expect(await calls[1]).toEqual({ outcome: "ran" });
    followed.resolve([]);
    const notNeeded = { outcome: "not_needed" };
    expect(await Promise.all(calls)).toEqual([notNeeded, { outcome: "ran" }, notNeeded, notNeeded]);
    await engine.drain(0);
  });

  it.each([["claim"], ["follow"]] as const)(
    "are rejected, to come again, when the %s gets no answer",
    async (which) => {
      const away = new FleetError("STORE_UNAVAILABLE", "away", { retryable: true });
      const { clock, engine, inbox, ran } = makeEngine({
        claim: async () => [],
        [which]: () => Promise.reject(away),
      });
      const call = inbox.receive("1").catch((error: unknown) => error);
      await clock.advance(0);
      expect(await call).toBe(away);
      expect(ran).toEqual([]);
      await engine.drain(0);
    },
  );

  it("are answered when the values of their outcome are refused, which no other try would change", async () => {
    const { clock, engine, inbox, writeCount } = makeRefused("22003", 1);
    const call = inbox.receive("1");
    await clock.advance(5_000);
    expect(await call).toEqual({ outcome: "failed", code: "JOB_LEASE_LOST" });
    expect(writeCount()).toBe(1);
    await engine.drain(0);
  });

  it("keep their outcome until a function that is missing is back, so that their jobs run once", async () => {
    const { clock, engine, inbox, ran, writeCount } = makeRefused("42883", 3);
    const call = inbox.receive("1");
    await clock.advance(30_000);
    expect(await call).toEqual({ outcome: "ran" });
    expect([ran, writeCount()]).toEqual([["1"], 4]);
    await engine.drain(0);
  });
});
