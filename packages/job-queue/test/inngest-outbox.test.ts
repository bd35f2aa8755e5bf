import { createEmitter, unreported } from "@shoal/kernel";
import { backends, type SimulatedClock, type TestDatabase, testDatabase, testRuntime } from "@shoal/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createInngestPort } from "../src/inngest/adapters/inngest-sdk.ts";
import {
  HOLD_MS,
  keepSwitchedOn,
  makeUpForMissed,
  markAccepted,
  type OutgoingEvent,
  takeEvents,
} from "../src/inngest/outbox.ts";
import type { InngestEvent, InngestPort } from "../src/inngest/port.ts";
import { createSender, type Sender } from "../src/inngest/sender.ts";
import { createUpkeep } from "../src/inngest/upkeep.ts";
import { enqueue, enqueueAll } from "../src/jobs/enqueue.ts";
import { createJobAdmin } from "../src/jobs/job-admin.ts";
import { claimByIds, writeOutcomes } from "../src/jobs/job-sql.ts";
import type { InngestEvents, JobEvents } from "../src/types.ts";
import { startInngestStandIn } from "./inngest-stand-in.ts";
import { countOf, forgetJobs } from "./inngest-support.ts";

const WATCH_MS = 60_000;

describe.each(backends())("the outbox of events on the %s Postgres", (backend) => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase({ backend });
  });
  afterAll(() => test[Symbol.asyncDispose]());
  beforeEach(async () => {
    await forgetJobs(test.database);
    await keepSwitchedOn(test.database, 60_000);
  });

  const add = async (delayMs = 0) => (await enqueue(test.database, { type: "t", delayMs })).id;
  const take = async (limit = 100): Promise<OutgoingEvent[]> => {
    const options = { limit, holdMs: HOLD_MS, watchMs: WATCH_MS, calls: "run" } as const;
    return (await takeEvents(test.database, options)).events;
  };
  /** How long until a row is due, in whole seconds. */
  const dueInSeconds = async (id: string): Promise<number | undefined> => {
    const [row] = await test.database.query<{ s: number }>(
      "select round(extract(epoch from send_at - clock_timestamp()))::int as s from shoal.job_outbox where job_id = $1::text::bigint",
      [id],
    );
    return row?.s;
  };
  /** As if that much time had passed. */
  const pass = (ms: number) =>
    test.database.query("update shoal.job_outbox set send_at = send_at - $1 * interval '1 ms'", [ms]);
  const rows = () => countOf(test.database, "shoal.job_outbox");

  it("has a row for each job that is added, in its transaction, and none where no mode asks for it", async () => {
    await enqueueAll(test.database, Array(3).fill({ type: "t" }));
    await test.database.query("select shoal.enqueue('t', '{}')");
    await test.database.query("insert into shoal.jobs (type, status) values ('t', 'completed')");
    expect(await rows()).toBe(4);
    await test.database.query("update shoal.inngest_switch set events_until = clock_timestamp()");
    await add();
    expect(await rows()).toBe(4);
  });

  it("gives each event to one sender, however many there are, in the order of the jobs", async () => {
    await enqueueAll(test.database, [{ type: "t" }, { type: "t", priority: 5 }, { type: "t", delayMs: 60_000 }]);
    expect((await take()).map((event) => event.priority)).toEqual([5, 0]);
    await enqueueAll(test.database, Array(200).fill({ type: "t" }));
    const other = test.connect();
    const options = { limit: 30, holdMs: HOLD_MS, watchMs: WATCH_MS, calls: "run" } as const;
    const batches = await Promise.all(
      Array.from({ length: 12 }, (_, n) => takeEvents(n % 2 ? other : test.database, options)),
    );
    const taken = batches.flatMap(({ events }) => events.map((event) => event.jobId));
    expect(new Set(taken).size).toBe(taken.length);
    expect(taken.length + (await take(200)).length).toBe(200);
  });

  it("gives the same event again when its sender has died, and another one when its job is not over in time", async () => {
    const id = await add();
    const [first] = await take();
    expect(await take()).toEqual([]);
    await pass(HOLD_MS);
    const [second = expect.fail()] = await take();
    expect(second).toEqual(first);
    await markAccepted(test.database, [second], WATCH_MS);
    expect(await dueInSeconds(id)).toBe(WATCH_MS / 1000);
    await pass(WATCH_MS);
    const [third = expect.fail()] = await take();
    expect(third.eventId).not.toBe(second.eventId);
    // An answer that came too late for the row it was about.
    await markAccepted(test.database, [second], WATCH_MS);
    expect(await dueInSeconds(id)).toBe(HOLD_MS / 1000);
    await markAccepted(test.database, [third], WATCH_MS);
    expect(await dueInSeconds(id)).toBe((2 * WATCH_MS) / 1000);
  });

  it("drops the rows of jobs that are over or gone, and puts off those of jobs at work or not due after all", async () => {
    const [over, gone, atWork, later] = [await add(), await add(), await add(), await add()] as const;
    const [claim] = await claimByIds(test.database, { ids: [over], workerId: "w", leaseMs: 10_000 });
    await writeOutcomes(test.database, "w", { completed: [{ id: over, epoch: claim?.epoch ?? 0 }] });
    await claimByIds(test.database, { ids: [atWork], workerId: "w", leaseMs: 10_000 });
    await test.database.query(`delete from shoal.jobs where id = ${gone}`);
    await test.database.query(
      `update shoal.jobs set run_at = clock_timestamp() + interval '1 hour' where id = ${later}`,
    );
    expect(await take()).toEqual([]);
    expect(await Promise.all([over, gone, atWork, later].map(dueInSeconds))).toEqual([
      undefined,
      undefined,
      WATCH_MS / 1000,
      3600,
    ]);
  });

  it("makes up for jobs without a row, and for those that were brought forward by hand", async () => {
    const later = await add(3_600_000);
    await add();
    await test.database.query("update shoal.inngest_switch set events_until = '-infinity'");
    const missed = await add();
    await createJobAdmin({ database: test.database, handlers: {} }).retry(later);
    expect(await makeUpForMissed(test.database, 100, HOLD_MS)).toBe(2);
    expect(await makeUpForMissed(test.database, 100, HOLD_MS)).toBe(0);
    expect((await take()).map((event) => event.jobId)).toEqual(expect.arrayContaining([later, missed]));
  });

  describe("its sender", () => {
    /** A sender on a clock that stands still, and what it says. */
    const makeSender = (port: Pick<InngestPort, "send">) => {
      const runtime = testRuntime();
      const events = createEmitter<InngestEvents>();
      const { database } = test;
      const sender = createSender({
        database,
        runtime,
        events,
        port,
        calls: "run",
        watchMs: WATCH_MS,
        callAfterMs: null,
      });
      return { sender, events, clock: runtime.clock };
    };
    const end = async (sender: Sender, clock: SimulatedClock) => {
      await sender.stop();
      expect(clock.pendingTimers).toBe(0);
    };

    it("breaks off when Inngest is slow, and sends the same events again, later and later", async () => {
      const sent: (readonly InngestEvent[])[] = [];
      let asked = Promise.withResolvers<void>();
      const { sender, events, clock } = makeSender({
        send: (batch, signal) => {
          sent.push(batch);
          asked.resolve();
          return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("slow"))));
        },
      });
      await Promise.all([add(), add()]);
      sender.start();
      await clock.advance(0);
      const waits: number[] = [];
      for (let round = 0; round < 3; round += 1) {
        await asked.promise;
        asked = Promise.withResolvers<void>();
        const failed = events.next("inngest:failed");
        await clock.advance(10_000);
        waits.push((await failed).retryInMs);
        await clock.advance(waits.at(-1) ?? 0);
      }
      await asked.promise;
      expect(sent.slice(1)).toEqual(Array(3).fill(sent[0]));
      // One second, two, four; each 30 % more or less.
      for (const [round, ms] of waits.entries()) expect(Math.abs(ms / 1000 / 2 ** round - 1)).toBeLessThan(0.3);
      await end(sender, clock);
      expect(await countOf(test.database, "shoal.job_outbox", "send_at <= clock_timestamp()")).toBe(2);
    });

    it("sends again what Inngest took without saying so, which makes one run of it all the same", async () => {
      await using inngest = startInngestStandIn();
      const { eventKey, signingKey, url: baseUrl } = inngest;
      const onCall = async () => ({ outcome: "ran" }) as const;
      const port = createInngestPort({ appId: "shoal-test", eventKey, signingKey, baseUrl, onCall });
      const { sender, events, clock } = makeSender(port);
      inngest.behave({ kind: "mute" });
      await add();
      sender.start();
      await clock.advance(0);
      await inngest.until(() => inngest.events.length === 1);
      const failed = events.next("inngest:failed");
      await clock.advance(10_000);
      const { code, retryInMs } = await failed;
      expect(code).toBe("INNGEST_UNAVAILABLE");
      inngest.behave({ kind: "up" });
      const accepted = events.next("inngest:sent");
      await clock.advance(retryInMs);
      expect(await accepted).toEqual({ count: 1 });
      expect([inngest.events.length, inngest.droppedCount]).toEqual([1, 1]);
      await end(sender, clock);
    });
  });

  it("is switched on before anything else by whoever needs it, for a minute at a time", async () => {
    await test.database.query("update shoal.inngest_switch set events_until = '-infinity'");
    const runtime = testRuntime();
    const jobEvents = createEmitter<JobEvents>();
    const missed = await add();
    const due = Promise.withResolvers<void>();
    const upkeep = createUpkeep({
      database: test.database,
      runtime,
      calls: "stand_in",
      jobEvents,
      onEventsDue: due.resolve,
      report: unreported("inngest"),
    });
    upkeep.start();
    await runtime.clock.advance(0);
    await due.promise;
    const next = await add();
    expect((await take()).map((event) => event.jobId)).toEqual([missed, next]);
    await upkeep.stop();
    expect(runtime.clock.pendingTimers).toBe(0);
    const inTerm = "events_until between clock_timestamp() and clock_timestamp() + interval '1 minute'";
    expect(await countOf(test.database, "shoal.inngest_switch", inTerm)).toBe(1);
  });
});
