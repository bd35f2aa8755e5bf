import type { LogFields } from "@shoal/kernel";
import { type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterEach, describe, expect, it } from "vitest";
import { startTestService, type TestService, until } from "./test-service.ts";

let cleanUp = new AsyncDisposableStack();
afterEach(async () => {
  await cleanUp.disposeAsync();
  cleanUp = new AsyncDisposableStack();
});

interface ReadyBody {
  readonly status: string;
  readonly dependencies: readonly { readonly name: string; readonly state: string }[];
  readonly loops: readonly { readonly name: string; readonly state: string; readonly detail?: string }[];
}

/** A daemon that is ready, with what it logs from the level info on. */
async function readyService() {
  const database = cleanUp.use(await testDatabase());
  const lines: { readonly message: string; readonly fields: LogFields }[] = [];
  const service = cleanUp.use(
    await startTestService({ DATABASE_URL: database.url }, (fields, message) => lines.push({ fields, message })),
  );
  await until(async () => (await service.get("/readyz")).status === 200);
  lines.length = 0;
  return { database, service, lines };
}

const ready = async (service: TestService) => (await (await service.get("/readyz")).json()) as ReadyBody;
const isReady = async (service: TestService) => (await service.get("/readyz")).status === 200;
const failingOf = async (service: TestService) =>
  (await ready(service)).loops.filter(({ state }) => state === "failing").map(({ name }) => name);

/** Makes the database read-only and ends the daemon's sessions, as a failover does: sessions keep the setting they began with. */
async function setReadOnly({ database, name }: TestDatabase): Promise<void> {
  await database.script(`alter database ${name} set default_transaction_read_only = on`);
  await database.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
  );
}

describe("a daemon", () => {
  it("is not ready while its database is read-only, though nobody waits, and says which loop, why and since when", async () => {
    const { database, service, lines } = await readyService();
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
    expect(await (await service.get("/api/health")).json()).toMatchObject({ status: "not-ready" });
    expect(await (await service.get("/metrics")).text()).toContain('shoal_loop_failing{loop="matchmaker"} 1');
    expect(await (await service.get("/api/health/db")).json()).toMatchObject({ status: "critical" });

    await database.database.script(`alter database ${database.name} reset default_transaction_read_only`);
    await until(() => isReady(service));
    expect(await failingOf(service)).toEqual([]);
    const ofMatchmaker = lines.filter(({ fields }) => fields["loop"] === "matchmaker");
    expect(ofMatchmaker.map(({ fields }) => fields)).toEqual([
      expect.objectContaining({ error_code: "STORE_UNAVAILABLE", error_message: expect.stringContaining("25006") }),
      expect.objectContaining({ failed_for_ms: expect.any(Number), failure_count: expect.any(Number) }),
    ]);
    const opened = await service.api("POST", "/api/match/tickets", { user_id: "after" });
    expect(opened.ok).toBe(true);
  });

  it("is not ready while one statement fails each time, though all others work", async () => {
    const { database, service } = await readyService();
    await database.database.script("alter function shoal.job_complete_and_claim rename to job_complete_and_claim_away");
    await until(async () => (await failingOf(service)).includes("jobs"));
    expect(await failingOf(service)).toEqual(["jobs"]);
    expect(await isReady(service)).toBe(false);
    await database.database.script("alter function shoal.job_complete_and_claim_away rename to job_complete_and_claim");
    await until(() => isReady(service));
  });

  it("is not ready while the disk is full, each table for itself", async () => {
    const { database, service, lines } = await readyService();
    await database.database.script(`create function public.disk_is_full() returns trigger language plpgsql as $$ begin
      raise 'could not extend file: No space left on device' using errcode = '53100'; end $$;`);
    for (const [table, loop] of [
      ["leases", "matchmaker"],
      ["match_tickets", "lobby"],
    ] as const) {
      await database.database.script(
        `create trigger full_disk before insert on shoal.${table} for each row execute function public.disk_is_full()`,
      );
      if (loop === "lobby") await cleanUp.use(await service.person("waiting")).wait();
      await until(async () => (await failingOf(service)).includes(loop));
      const { loops } = await ready(service);
      expect(loops.find(({ name }) => name === loop)?.detail).toContain("SQLSTATE 53100");
      expect(await isReady(service)).toBe(false);
      await database.database.script(`drop trigger full_disk on shoal.${table}`);
      await until(() => isReady(service));
      expect(lines.filter(({ fields }) => fields["loop"] === loop)).toHaveLength(2);
    }
  });
});
