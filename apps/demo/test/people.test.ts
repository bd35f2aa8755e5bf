import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig, type Service, startService } from "@shoal/bot-service/daemon";
import { silentLog } from "@shoal/kernel";
import { type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { FromPeople, PeopleReport } from "../src/people/protocol.ts";

const directory = mkdtempSync(join(tmpdir(), "shoal-people-"));
let database: TestDatabase;
let service: Service;

beforeAll(async () => {
  database = await testDatabase();
  const environment = {
    DATABASE_URL: database.url,
    SHOAL_DIRECTORY: directory,
    START_MODE: "quota",
    HTTP_PORT: "0",
    // Longer than most people rest between two talks: they meet each other too.
    MATCH_BOT_AFTER_MS: "3000",
  };
  service = await startService({
    config: parseConfig(environment).config,
    log: silentLog,
    pid: process.pid,
    onFatal: (error) => {
      throw error;
    },
  });
  await service.opened;
});

afterAll(async () => {
  await service.drain();
  await database[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

/** The people process, with a wait for a report that fits. */
function start(count: number) {
  let latest: PeopleReport | undefined;
  let wanted: { accept: (report: PeopleReport) => boolean; resolve: (report: PeopleReport) => void } | undefined;
  const kinds: string[] = [];
  const child = Bun.spawn([process.execPath, join(import.meta.dirname, "../src/adapters/people.ts")], {
    env: {
      SUPABASE_URL: service.environment.SUPABASE_URL,
      SUPABASE_ANON_KEY: service.environment.SUPABASE_ANON_KEY ?? "",
      PEOPLE_COUNT: String(count),
      PEOPLE_SEED: "7",
      PEOPLE_TOPICS: "",
    },
    stdio: ["ignore", "ignore", "inherit"],
    ipc(message: FromPeople) {
      kinds.push(message.kind);
      if (message.kind === "ready") return;
      latest = message.report;
      if (wanted?.accept(latest)) wanted.resolve(latest);
    },
  });
  // It also ends by itself, with the process of the test: see the last test.
  onTestFinished(() => child.kill("SIGKILL"));
  return {
    child,
    kinds,
    get latest() {
      return latest;
    },
    reached: (accept: (report: PeopleReport) => boolean) =>
      new Promise<PeopleReport>((resolve) => {
        wanted = { accept, resolve };
      }),
  };
}

test("people sign in, meet each other and bots, talk, come back after their sockets broke off, and leave when asked", async () => {
  const people = start(3);
  const before = await people.reached(
    (report) =>
      report.everMatched === 3 &&
      report.matchesPersonPerson > 0 &&
      report.matchesPersonBot > 0 &&
      report.messagesReceived > 5,
  );
  expect(people.kinds).toContain("ready");
  expect(before.errorsByClass).toEqual({});
  expect(before.joinsRefused).toBe(0);
  expect(before.timeToMatchMs.length).toBeGreaterThanOrEqual(3);
  expect(Math.min(...before.timeToMatchMs)).toBeGreaterThanOrEqual(0);

  service.realtime?.faults.dropSockets(1012);
  const again = await people.reached(
    (report) =>
      report.matchesPersonPerson + report.matchesPersonBot > before.matchesPersonPerson + before.matchesPersonBot,
  );
  expect(again.errorsByClass).toEqual({ server: 3 });
  expect(again.joinsRefused).toBe(0);

  people.child.send({ kind: "stop" });
  expect(await people.child.exited).toBe(0);
  expect(people.kinds.at(-1)).toBe("ended");
  expect(people.latest?.people).toBe(3);
});

test("somebody who waited waits again once a server that was gone is back", async () => {
  const people = start(1);
  await people.reached((report) => report.everMatched === 1);
  const restarted = service.realtime?.faults.restart({ kind: "clean", downMs: 1000 });
  await people.reached((report) => report.offline === 1);
  await restarted;
  const back = await people.reached((report) => report.waiting + report.talking === 1);
  expect(back.joinsRefused).toBe(0);
});

test("people are gone when the process that started them is", async () => {
  const people = start(1);
  await people.reached((report) => report.waiting + report.talking === 1);
  people.child.disconnect();
  expect(await people.child.exited).toBe(0);
});
