import { createEmitter, unreported } from "@shoal/kernel";
import type { Sql } from "@shoal/store";
import { leakCheck, testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { JobSource } from "../jobs/job-source.ts";
import type { JobEvents } from "../types.ts";
import { WorkEngine } from "./work-engine.ts";

const leaks = leakCheck();
const LEASE_MS = 3_000;

describe("leases of jobs", () => {
  it("are extended while the outcome is being written, however long that takes", async () => {
    const runtime = testRuntime();
    const { clock } = runtime;
    leaks.clock(clock);
    const written = Promise.withResolvers<object[]>();
    let leaseEndsAtMs = 0;
    let claimCount = 0;
    const answer = async (text: string, params: readonly unknown[] = []): Promise<object[]> => {
      if (text.includes("job_renew")) {
        const isHeld = leaseEndsAtMs > clock.monotonicMs();
        if (isHeld) leaseEndsAtMs = clock.monotonicMs() + LEASE_MS;
        return isHeld ? [{ id: "1" }] : [];
      }
      if ((params[3] as string[]).length > 0) return written.promise;
      claimCount += 1;
      leaseEndsAtMs = clock.monotonicMs() + LEASE_MS;
      const job = { id: "1", type: "t", payload: null, attempt: 1, maxAttempts: 3, epoch: 1 };
      return [{ ...job, waitMs: 0, uniqueKey: null }];
    };
    const events = createEmitter<JobEvents>();
    const told: string[] = [];
    events.onAny((name) => told.push(name));
    const report = unreported("test");
    const source = new JobSource({
      ...{ runtime, events, workerId: "me", leaseMs: LEASE_MS, handlers: { t: { run: async () => {} } } },
      ...{ executor: "supabase", reports: { claims: report, writesOf: () => report, leases: report } },
      database: { query: answer as Sql["query"] },
    });
    const engine = new WorkEngine({ source, runtime, concurrency: 1, batchSize: 1 });
    const pass = engine.runPass(1);
    await clock.advance(LEASE_MS * 4);
    // Others would have claimed it by now.
    expect(leaseEndsAtMs).toBeGreaterThan(clock.monotonicMs());
    written.resolve([]);
    await clock.advance(0);
    expect((await pass).get("jobs")).toMatchObject({ claimed: 1, completed: 1, lost: 0 });
    expect(claimCount).toBe(1);
    expect(told.filter((name) => name.startsWith("job:"))).toEqual(["job:completed"]);
    await engine.drain(0);
  });
});
