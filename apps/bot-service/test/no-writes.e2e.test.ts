import type { LogFields } from "@shoal/kernel";
import { type TestDatabase, testDatabase } from "@shoal/testkit";
import { describe, expect, it, type TestContext } from "vitest";
import { addStrategy } from "./strategy-support.ts";
import { startTestService, type TestService, until } from "./test-service.ts";

interface ReadyBody {
  readonly status: string;
  readonly dependencies: readonly { readonly name: string; readonly state: string }[];
  readonly loops: readonly { readonly name: string; readonly state: string; readonly detail?: string }[];
}

/** A daemon that is ready, with what it logs from the level info on. It ends with the test, beside which others run. */
async function readyService({ onTestFinished }: TestContext) {
  const cleanUp = new AsyncDisposableStack();
  onTestFinished(() => cleanUp.disposeAsync());
  const database = cleanUp.use(await testDatabase());
  const lines: { readonly message: string; readonly fields: LogFields }[] = [];
  const service = cleanUp.use(
    await startTestService({ DATABASE_URL: database.url }, (fields, message) => lines.push({ fields, message })),
  );
  await until(async () => (await service.get("/readyz")).status === 200);
  lines.length = 0;
  return { cleanUp, database, service, lines };
}

const ready = async (service: TestService) => (await (await service.get("/readyz")).json()) as ReadyBody;
const isReady = async (service: TestService) => (await service.get("/readyz")).status === 200;
const failingOf = async (service: TestService) =>
  (await ready(service)).loops.filter(({ state }) => state === "failing").map(({ name }) => name);

/**
 * Makes the database read-only and ends the daemon's sessions, as a failover does: sessions keep the setting they began with. Just after a
 * pulse, and so seconds before the next: one under way would fail because its session ends, before any fails because it cannot write.
 */
async function setReadOnly(test: TestDatabase): Promise<void> {
  await test.database.script(`alter database ${test.name} set default_transaction_read_only = on`);
  await until(async () => (await endSessions(test, JUST_PULSED)) > 0);
}

const JUST_PULSED = `exists (
  select from pg_stat_activity pulse where pulse.datname = current_database() and pulse.query like '%/* pulse */%'
    and pulse.state = 'idle' and pulse.state_change > clock_timestamp() - interval '0.5 s')`;

/** Returns how many it has ended. */
async function endSessions({ database }: TestDatabase, condition = "true"): Promise<number> {
  const ended = await database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and ${condition}`,
  );
  return ended.length;
}

// Mostly waiting for the next run of a loop: at the same time, but for the first, which says what the very first failure is.
describe.concurrent("a daemon", () => {
  it("is not ready while its database is read-only, though nobody waits, and says which loop, why and since when", {
    concurrent: false,
  }, async (context) => {
    const { database, service, lines } = await readyService(context);
    await setReadOnly(database);
    await until(async () => (await failingOf(service)).includes("matchmaker"));
    const response = await service.get("/readyz");
    expect(response.status).toBe(503);
    const body = (await response.json()) as ReadyBody;
    expect(body).toMatchObject({ status: "not-ready" });
    expect(body.dependencies.find(({ name }) => name === "database")).toMatchObject({ state: "ok" });
    expect(body.loops.find(({ name }) => name === "matchmaker")).toMatchObject({
      state: "failing",
      since: expect.stringMatching(/^\d{4}-.*Z$/),
      lastSuccessAt: expect.stringMatching(/^\d{4}-.*Z$/),
      errorCode: "STORE_UNAVAILABLE",
      detail: expect.stringContaining("read-only transaction"),
    });
    await until(async () => (await failingOf(service)).includes("jobs-rescue"));
    await until(async () => (await failingOf(service)).includes("strategies"));
    const health = await service.get("/health");
    expect([health.status, await health.json()]).toEqual([
      503,
      { status: "critical", active_strategies: 0, scheduler_running: false },
    ]);
    expect(await (await service.get("/api/health")).json()).toMatchObject({ status: "not-ready" });
    expect(await (await service.get("/metrics")).text()).toContain('shoal_loop_failing{loop="matchmaker"} 1');
    expect(await (await service.get("/api/health/db")).json()).toMatchObject({ status: "critical" });

    await database.database.script(`alter database ${database.name} reset default_transaction_read_only`);
    await until(() => isReady(service));
    expect(await failingOf(service)).toEqual([]);
    expect((await service.get("/health")).status).toBe(200);
    const ofMatchmaker = lines.filter(({ fields }) => fields["loop"] === "matchmaker");
    expect(ofMatchmaker.map(({ fields }) => fields)).toEqual([
      expect.objectContaining({ error_code: "STORE_UNAVAILABLE", error_message: expect.stringContaining("25006") }),
      expect.objectContaining({ failed_for_ms: expect.any(Number), failure_count: expect.any(Number) }),
    ]);
    const opened = await service.api("POST", "/api/match/tickets", { user_id: "after" });
    expect(opened.ok).toBe(true);
  });

  it("is not ready while one statement fails each time, though all others work", async (context) => {
    const { database, service } = await readyService(context);
    await database.database.script("alter function shoal.job_complete_and_claim rename to job_complete_and_claim_away");
    // Otherwise it is known at the next claim of an idle daemon, within two minutes.
    expect((await service.api("POST", "/api/jobs", { type: "housekeeping" })).ok).toBe(true);
    await until(async () => (await failingOf(service)).includes("jobs"));
    expect(await failingOf(service)).toEqual(["jobs"]);
    expect(await isReady(service)).toBe(false);
    await database.database.script("alter function shoal.job_complete_and_claim_away rename to job_complete_and_claim");
    await until(() => isReady(service));
  });

  it("knows of each loop, and of what is asked for by HTTP, why it cannot write, and one stops no other", async (context) => {
    const { cleanUp, database, service, lines } = await readyService(context);
    const strategyId = await addStrategy(database.database, { status: "paused", dueInMs: null });
    const ask = {
      "http-tickets": () => service.api("POST", "/api/match/tickets", { user_id: "somebody" }),
      "http-commands": () => service.api("POST", "/api/bot/start", { bot_id: "ada" }),
      "http-jobs": () => service.api("POST", "/api/jobs", { type: "housekeeping" }),
      "http-strategies": () => service.api("POST", `/strategies/${strategyId}/stop`),
    };
    const requests = Object.values(ask);
    // Disk full, lock not had, statement cancelled, right missing, no memory, a limit of the server.
    const faults = [
      { loop: "matchmaker", table: "shoal.leases", sqlstate: "53100", when: "true" },
      { loop: "http-tickets", table: "shoal.match_tickets", sqlstate: "55P03", when: "new.source = 'api'" },
      { loop: "lobby", table: "shoal.match_tickets", sqlstate: "53200", when: "new.source = 'lobby'" },
      { loop: "http-commands", table: "public.bot_control", sqlstate: "57014", when: "true" },
      { loop: "http-jobs", table: "shoal.job_audit", sqlstate: "42501", when: "true" },
      { loop: "http-strategies", table: "shoal.strategies", sqlstate: "53400", when: "true" },
    ] as const;
    await database.database.script(`create function public.refuse() returns trigger language plpgsql as $$ begin
      raise 'refused' using errcode = tg_argv[0]; end $$;`);
    const refusals = faults.map(
      ({ table, sqlstate, when }) => `create trigger refuse_${sqlstate} before insert or update on ${table}
        for each row when (${when}) execute function public.refuse('${sqlstate}');`,
    );
    await database.database.script(refusals.join("\n"));
    await cleanUp.use(await service.person("waiting")).wait();
    for (const request of requests) expect((await request()).status).toBe(503);
    await until(async () => (await failingOf(service)).length === faults.length);
    expect(await isReady(service)).toBe(false);
    const { loops } = await ready(service);
    for (const { loop, sqlstate } of faults) {
      expect(loops.find(({ name }) => name === loop)).toMatchObject({
        state: "failing",
        since: expect.stringMatching(/^\d{4}-.*Z$/),
        detail: expect.stringContaining(`SQLSTATE ${sqlstate}`),
      });
    }
    // Those whose tables take writes work on.
    const others = loops.filter(({ name }) => ["control", "jobs", "jobs-rescue", "matches", "queues"].includes(name));
    expect(others.map(({ state }) => state)).toEqual(Array(5).fill("ok"));

    await database.database.script("drop function public.refuse() cascade");
    // Though nobody asks: who balances the load sends nothing to a daemon that is not ready.
    await until(() => isReady(service));
    for (const request of requests) expect((await request()).ok).toBe(true);
    for (const { loop } of faults) expect(lines.filter(({ fields }) => fields["loop"] === loop)).toHaveLength(2);
  });

  it("is not ready while locks stop its statements, and is again by itself", async (context) => {
    const { database, service } = await readyService(context);
    // As an operator sets it: the daemon's sessions keep what they began with, so they are ended.
    await database.database.script(`alter database ${database.name} set lock_timeout = '50ms'`);
    await endSessions(database);
    await until(() => isReady(service));
    await database.database.transaction(async (tx) => {
      await tx.query("lock table shoal.match_tickets, public.bot_control in access exclusive mode");
      expect((await service.api("POST", "/api/match/tickets", { user_id: "somebody" })).status).toBe(503);
      expect((await service.api("POST", "/api/bot/start", { bot_id: "ada" })).status).toBe(503);
      const wanted = ["matchmaker", "http-tickets", "control", "http-commands"];
      await until(async () => new Set(wanted).isSubsetOf(new Set(await failingOf(service))));
      expect((await ready(service)).loops.find(({ name }) => name === "matchmaker")?.detail).toContain("55P03");
    });
    await until(() => isReady(service));
  });
});
