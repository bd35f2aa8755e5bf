import { join } from "node:path";
import { createSystemRuntime } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import { spawnProgram, testDatabase } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { startTestService, testDirectory, until } from "./test-service.ts";

const FLEET_CONFIG = join(import.meta.dirname, "programs/jobs.fleet.config.ts");
const MAIN = join(import.meta.dirname, "../src/main.ts");
const OLD_SECRET = "the-old-cron-secret";
const NEW_SECRET = "the-new-cron-secret";

interface JobBody {
  readonly id: string;
  readonly status: string;
  readonly attempts: number;
}

describe("jobs of the daemon", () => {
  it("does what apps, triggers, queues and the HTTP API ask for, and nothing that was rolled back", async () => {
    const environment = { FLEET_CONFIG, JOBS_CRON_SECRET: `${OLD_SECRET},${NEW_SECRET}` };
    await using service = await startTestService(environment);
    await until(async () => (await service.get("/readyz")).status === 200);
    await until(async () => (await service.dependency("queues")).state === "ok");
    const database = createDatabase<string>({ url: service.environment.DATABASE_URL, runtime: createSystemRuntime() });
    await using _ = { [Symbol.asyncDispose]: () => database.close() };
    const job = async (id: string) => (await (await service.api("GET", `/api/jobs/${id}`)).json()) as JobBody;
    const isDone = (id: string) => until(async () => (await job(id)).status === "completed");

    await database.script(`
      create table orders (id int primary key);
      create function order_made() returns trigger language plpgsql security definer set search_path = '' as $$
      begin
        perform shoal.enqueue('quick', jsonb_build_object('order', new.id), unique_key => 'order:' || new.id);
        return null;
      end $$;
      create trigger order_made after insert on orders for each row execute function order_made();
    `);
    await database.query("insert into orders values (1)");
    const undone = database.transaction(async (tx) => {
      await tx.query("insert into orders values (2)");
      throw new Error("changed my mind");
    });
    await expect(undone).rejects.toThrow("changed my mind");
    const ordered = await database.query<{ id: string }>(
      "select id::text from shoal.jobs where unique_key like 'order:%'",
    );
    expect(ordered).toHaveLength(1);
    await isDone(ordered[0]?.id ?? "");

    const posted = await service.api("POST", "/api/jobs", { type: "flaky" });
    expect(posted.status).toBe(201);
    const { id } = (await posted.json()) as { id: string };
    await isDone(id);
    expect(await job(id)).toMatchObject({ attempts: 2 });
    const { records } = (await (await service.api("GET", `/api/jobs/audit?job_id=${id}`)).json()) as {
      records: { action: string }[];
    };
    expect(records.map(({ action }) => action).sort()).toEqual(["attempt", "enqueue"]);

    const sample = { samples: [{ name: "orders", value: 1 }] };
    await database.query("select pgmq.send('metrics_jobs', ($1::text)::jsonb)", [JSON.stringify(sample)]);
    await until(async () => (await database.query("select from shoal.metric_samples")).length === 1);

    const cron = (secret: string) =>
      fetch(`${service.environment.SHOAL_URL}/api/jobs/cron`, {
        method: "POST",
        headers: { authorization: `Bearer ${secret}` },
      });
    expect((await cron(OLD_SECRET)).status).toBe(200);
    expect((await cron(NEW_SECRET)).status).toBe(200);
    expect((await cron(`${NEW_SECRET}-`)).status).toBe(401);
    expect(await (await service.get("/api/health/queues")).json()).toMatchObject({
      executionMode: "supabase",
      dbQueue: { pending: 0, running: 0, dead: 0 },
    });
    expect(await service.drain()).toMatchObject({ clean: true, handedBack: { jobIds: [], messages: [] } });
  });

  it("on SIGTERM under load loses nothing, does nothing twice, says what it hands back and exits 0", async () => {
    await using test = await testDatabase();
    using directory = testDirectory();
    const { database } = test;
    const [{ slow = [] } = {}] = await database.query<{ slow: string[] }>(
      "select array_agg(shoal.enqueue('slow')::text) as slow from generate_series(1, 3)",
    );
    const child = spawnProgram([MAIN, "start"], {
      env: {
        SHOAL_DIRECTORY: directory.path,
        DATABASE_URL: test.url,
        FLEET_CONFIG,
        HTTP_PORT: "0",
        LOG_FORMAT: "json",
        DRAIN_TIMEOUT_MS: "5000",
      },
      stderr: "ignore",
    });
    const output = new Response(child.stdout).text();
    const count = async (where: string) =>
      Number((await database.query<{ n: string }>(`select count(*) as n from shoal.jobs where ${where}`))[0]?.n);
    await until(async () => (await count("type = 'slow' and status = 'running'")) === 3);
    await database.query("select shoal.enqueue('quick') from generate_series(1, 2000)");
    await until(async () => (await count("type = 'quick' and status = 'completed'")) > 100);
    child.kill("SIGTERM");
    expect(await child.exited).toBe(0);

    const lines = (await output)
      .trim()
      .split("\n")
      .filter((line) => line.startsWith("{"));
    const told = lines.map((line) => JSON.parse(line)).find(({ msg }) => /handed back/.test(msg));
    expect(told?.job_ids).toEqual(expect.arrayContaining(slow));
    // Given back, with the attempt not counted.
    expect(await count("status = 'pending' and epoch > 0 and attempts = 0")).toBe(told?.job_ids.length);
    expect(await count(`id in (${told?.job_ids.join()}) and status = 'pending' and attempts = 0`)).toBe(
      told?.job_ids.length,
    );
    expect(await count("type = 'quick'")).toBe(2000);
    expect(await count("type = 'quick' and status = 'completed' and attempts = 1")).toBe(
      await count("type = 'quick' and attempts > 0"),
    );
    expect(await count("status = 'running'")).toBe(0);
  });
});
