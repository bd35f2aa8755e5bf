import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSystemRuntime } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import { spawnProgram } from "@shoal/testkit";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { ServiceEnvironment } from "../src/service.types.ts";
import { TestPerson, testClient } from "./test-person.ts";
import { testDirectory, until } from "./test-service.ts";

const MAIN = join(import.meta.dirname, "../src/main.ts");
let cleanUp = new AsyncDisposableStack();
afterEach(async () => {
  await cleanUp.disposeAsync();
  cleanUp = new AsyncDisposableStack();
});

// One for all tests, as the first start in it takes longest: it makes a cluster and our schema.
const { path: directory, [Symbol.dispose]: removeDirectory } = testDirectory();
afterAll(removeDirectory);

/** Runs the daemon in a separate process, as an operator does. */
function spawnDaemon(environment: Record<string, string> = {}) {
  const child = spawnProgram([MAIN, "start"], {
    env: {
      SHOAL_DIRECTORY: directory,
      CHANNEL_ACCESS: "public",
      START_MODE: "quota",
      HTTP_PORT: "0",
      MATCH_BOT_AFTER_MS: "100",
      LOG_FORMAT: "json",
      ...environment,
    },
  });
  const output = new Response(child.stdout).text();
  const complaint = new Response(child.stderr).text();
  return { child, output, complaint };
}

/** Returns the values of `shoal env`, once that process has written them. */
async function environmentOf(pid: number): Promise<ServiceEnvironment> {
  let environment: ServiceEnvironment | undefined;
  await until(() => {
    try {
      const file = JSON.parse(readFileSync(join(directory, "environment.json"), "utf8"));
      if (file.pid === pid) environment = file.environment;
    } catch {
      // Not written yet.
    }
    return environment !== undefined;
  });
  if (!environment) throw new Error("unreachable");
  return environment;
}

const postmasterPid = (): number =>
  Number(readFileSync(join(directory, "postgres/data/postmaster.pid"), "utf8").split("\n")[0]);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function talkingPerson(id: string, environment: ServiceEnvironment): Promise<TestPerson> {
  const person = cleanUp.use(await new TestPerson(id, testClient(environment)).enter());
  const greeting = person.events.next("message");
  await person.enterRoom(await person.meet());
  await greeting;
  return person;
}

describe("signals", () => {
  it("on SIGTERM says goodbye in every conversation, releases everything and exits 0, whatever is wrong with a fleet file", async () => {
    const fleetFile = join(directory, "fleet.config.ts");
    writeFileSync(
      fleetFile,
      'import { defineFleet } from "@shoal/bot-service/config";\nPromise.reject(new Error("nobody awaits"));\nexport default defineFleet({ payloads: { writeTyping: () => 7 } });\n',
    );
    const { child, output } = spawnDaemon({ FLEET_CONFIG: fleetFile });
    const environment = await environmentOf(child.pid);
    const ada = await talkingPerson("ada", environment);
    const postmaster = postmasterPid();
    const goodbye = ada.events.next("message");
    const leave = ada.events.next("leave");
    child.kill("SIGTERM");
    expect((await goodbye).text).not.toBe("");
    expect((await leave).reason).not.toBe("");
    expect(await child.exited).toBe(0);
    const lines = (await output).trim().split("\n");
    const careless = lines.find((line) => line.includes("nobody awaits"));
    expect(JSON.parse(careless ?? "{}")).toMatchObject({ level: "error", place: `${fleetFile}:2` });
    const amiss = lines.find((line) => line.includes("payloads.writeTyping()"));
    expect(JSON.parse(amiss ?? "{}")).toMatchObject({ level: "error", fleet_file: fleetFile });
    const last = JSON.parse(lines.at(-1) ?? "{}");
    expect(last).toMatchObject({ msg: "drained", clean: true, sockets: 0, slots: 0, leases: 0, timers: 0 });
    expect(isAlive(postmaster)).toBe(false);
  });

  it("after SIGKILL starts again with no ticket or match stuck and no second Postgres", async () => {
    const first = spawnDaemon();
    const before = await environmentOf(first.child.pid);
    await talkingPerson("ada", before);
    const waiting = cleanUp.use(await new TestPerson("ben", testClient(before)).enter());
    await waiting.wait();
    const orphan = postmasterPid();
    first.child.kill("SIGKILL");
    await first.child.exited;

    const second = spawnDaemon();
    const after = await environmentOf(second.child.pid);
    const { SUPABASE_ANON_KEY, SHOAL_API_TOKEN } = before;
    expect(after).toMatchObject({ SUPABASE_ANON_KEY, SHOAL_API_TOKEN });
    const eva = cleanUp.use(await new TestPerson("eva", testClient(after)).enter());
    expect((await eva.meet()).partner.name).not.toBe("");
    const database = createDatabase<string>({ url: after.DATABASE_URL, runtime: createSystemRuntime() });
    cleanUp.defer(() => database.close());
    // The match of the dead daemon's bot ends, and no person stays reserved or matched by it.
    await until(async () => {
      const [row] = await database.query<{ stuck: number }>(
        `select count(*)::int as stuck from shoal.matches m join shoal.match_seats s using (match_id)
         where m.status in ('pending', 'live') and s.participant_id = 'ada'`,
      );
      return row?.stuck === 0;
    });
    second.child.kill("SIGTERM");
    expect(await second.child.exited).toBe(0);
    expect(isAlive(orphan)).toBe(false);
  });

  it("ends at once with exit code 2 and every problem when the configuration is wrong", async () => {
    const { child, complaint } = spawnDaemon({ BOT_MIN_COUNT: "many", DATABASE_URL: "mysql://u:hunter2@h" });
    expect(await child.exited).toBe(2);
    expect(await complaint).toMatch(
      /DATABASE_URL: received \(secret, 19 characters\).*\n.*BOT_MIN_COUNT: received "many"/,
    );
    expect(await complaint).not.toContain("hunter2");
  });

  it("refuses a second daemon on the same directory", async () => {
    const first = spawnDaemon();
    await environmentOf(first.child.pid);
    const second = spawnDaemon();
    expect(await second.child.exited).toBe(1);
    expect(await second.complaint).toContain("LOCAL_DATA_DIR_IN_USE");
    expect(await second.complaint).toContain(String(first.child.pid));
  });
});
