import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { enqueue } from "@shoal/job-queue";
import { spawnProgram, type TestDatabase, testDatabase } from "@shoal/testkit";
import { afterAll, beforeAll, expect, it } from "vitest";
import { writeEnvironmentFile } from "../../backend/environment-file.ts";
import { exitCodeOf } from "../exit-code.ts";
import { createJobsCommand, type JobsCommand } from "./command-line.ts";
import { answerJobs } from "./jobs.ts";

const MAIN = join(import.meta.dirname, "../../main.ts");
const directory = mkdtempSync(join(tmpdir(), "shoal-jobs-"));
const fleetFile = join(directory, "fleet.config.ts");
writeFileSync(
  fleetFile,
  `export default { jobs: { handlers: {
    good: { run: async (job) => job.payload },
    bad: { run: async () => { throw new Error("no luck"); }, maxAttempts: 1 },
    endless: { run: (_, { signal }) => { console.error("endless runs"); return new Promise((_, no) => signal.addEventListener("abort", no)); } },
  }, queues: { of_the_fleet: { run: async () => {} } } } };`,
);

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(async () => {
  await test[Symbol.asyncDispose]();
  rmSync(directory, { recursive: true });
});

const environment = () => ({ SHOAL_DIRECTORY: directory, FLEET_CONFIG: fleetFile, DATABASE_URL: test.url });

/** Runs one command line in this process. */
function run(words: string, change: Record<string, string> = {}) {
  let command: JobsCommand | undefined;
  createJobsCommand((read) => {
    command = read;
  }).parse(words.split(" "), { from: "user" });
  if (!command) throw new Error("this asks for no command");
  return answerJobs(
    command,
    { ...environment(), ...change },
    { onStop: () => new Promise(() => {}), showProgress() {} },
  );
}

/** Returns its output as a program reads it. */
const json = async (words: string) => JSON.parse(JSON.stringify((await run(words)).json));

/** Runs one command line in a separate process. */
const start = (...words: string[]) => spawnProgram([MAIN, "jobs", ...words], { env: environment() });

it("adds jobs, does them in one pass, and shows what became of them", async () => {
  const { id } = await json('enqueue good --payload {"n":1} --unique-key k');
  expect((await run("enqueue good --unique-key k")).text).toBe(`job ${id} of that unique key was there already\n`);
  const bad = (await json("enqueue bad")).id;
  await run("enqueue good --delay 1h");
  const pass = await run("run --batch 10");
  expect(pass.text).toMatch(/^ +claimed +completed +failed +dead +lost\njobs +2 +1 +0 +1 +0\n/);
  expect((await run("list --status dead")).text).toMatch(new RegExp(`^${bad} +dead +bad +1/1 .*no luck`, "m"));
  expect(await json(`show ${id}`)).toMatchObject({ id, status: "completed", payload: { n: 1 }, attempts: 1 });
  expect((await run(`show ${bad}`)).text).toMatch(/last error +.*no luck/);
  expect((await run("depths")).text).toMatch(/1 pending {3}0 running {3}1 completed {3}1 dead/);
  expect((await run("redrive --type bad")).text).toBe("1 job back in line\n");
  expect((await json(`cancel ${bad}`)).last_error).toMatch(/^JOB_CANCELLED/);
  const { records } = await json("audit");
  expect(records.map(({ action }: { action: string }) => action)).toEqual(
    ["enqueue", "enqueue", "enqueue", "enqueue", "attempt", "pass", "redrive", "cancel"].toReversed(),
  );
  expect(new Set(records.map(({ actor }: { actor: string }) => actor))).toEqual(new Set(["cli", "worker"]));
  expect((await run(`audit --job ${bad}`)).text).toMatch(/worker +attempt +dead +\d+ +bad +1 +\S+ no luck/);
});

it("shows why messages are dead, the newest first, and which were put back", async () => {
  expect((await run("dead-letters")).text).toBe("no dead letters\n");
  await test.database.query(
    `insert into shoal.queue_dead_letters
       (queue, message_id, dlq_message_id, read_count, error_code, error_message, dead_at, redriven_at)
     values ('alert_jobs', 7, 1, 5, 'ALERT_REFUSED', 'the webhook\nsaid 410', '2026-01-01T10:00:00Z', '2026-01-02T10:00:00Z'),
       ('of_the_fleet', 8, 1, 1, 'JOB_INVALID', repeat('x', 1000), '2026-01-03T10:00:00Z', null)`,
  );
  const lines = (await run("dead-letters")).text.split("\n").map((line) => line.split(/ {2,}/));
  expect(lines[0]).toEqual(["id", "died at (UTC)", "queue", "message", "reads", "redriven at", "code", "why"]);
  const newest = ["of_the_fleet", "8", "1", "-", "JOB_INVALID", `${"x".repeat(60)}…`];
  expect(lines[1]?.slice(1)).toEqual(["2026-01-03 10:00:00", ...newest]);
  expect(lines[2]?.slice(-2)).toEqual(["ALERT_REFUSED", "the webhook"]);
  const { letters } = await json("dead-letters --queue alert_jobs");
  expect(letters).toEqual([
    {
      id: expect.any(String),
      queue: "alert_jobs",
      message_id: "7",
      dlq_message_id: "1",
      read_count: 5,
      code: "ALERT_REFUSED",
      message: "the webhook\nsaid 410",
      died_at: "2026-01-01T10:00:00.000Z",
      redriven_at: "2026-01-02T10:00:00.000Z",
    },
  ]);
  expect((await run("dead-letters --queue of_the_fleet --limit 1")).text).toContain("JOB_INVALID");
  expect((await run(`dead-letters --before ${letters[0].id}`)).text).toBe("no dead letters\n");
});

it("runs nothing while a job is due that nobody handles here, so that it loses no attempt", async () => {
  const { id } = await enqueue(test.database, { type: "elsewhere" });
  await expect(run("run")).rejects.toMatchObject({
    code: "CLI_JOBS_UNHANDLED",
    message: expect.stringContaining("elsewhere"),
  });
  expect(await json(`show ${id}`)).toMatchObject({ status: "pending", attempts: 0 });
  await run(`cancel ${id}`);
});

it("says where a fleet file is wrong", async () => {
  const broken = join(directory, "broken.config.ts");
  writeFileSync(broken, "export default {\n  jobs: (;");
  const child = spawnProgram([MAIN, "jobs", "enqueue", "good"], { env: { ...environment(), FLEET_CONFIG: broken } });
  expect(await new Response(child.stderr).text()).toContain(`(line 2, column 10 of ${broken})`);
  expect(await child.exited).toBe(2);
});

it("gives back what it has on Ctrl-C", async () => {
  const { id } = await enqueue(test.database, { type: "endless" });
  const child = start("run", "--json");
  await child.stderr.getReader().read();
  child.kill("SIGINT");
  const text = await new Response(child.stdout).text();
  expect(await child.exited).toBe(1);
  expect(JSON.parse(text)).toMatchObject({ jobs: { claimed: 1, completed: 0 }, handed_back: [id] });
  expect(await json(`show ${id}`)).toMatchObject({ status: "pending", attempts: 0 });
  await test.database.query("delete from shoal.jobs where id = $1", [id]);
});

it.each([
  ["show 404", 1, "JOB_UNKNOWN"],
  ["retry 404", 1, "JOB_UNKNOWN"],
  ["cancel 404", 1, "JOB_UNKNOWN"],
  ["enqueue nobody_knows", 2, "JOB_TYPE_UNKNOWN"],
  ["enqueue good --payload @LARGE", 2, "JOB_PAYLOAD_TOO_LARGE"],
  ['enqueue good --payload "\\u0000"', 2, "JOB_INVALID"],
  ["redrive --queue other_jobs", 2, "QUEUE_UNKNOWN"],
  ["dead-letters --queue other_jobs", 2, "QUEUE_UNKNOWN"],
  ["redrive --queue alert_jobs", 1, "QUEUE_PGMQ_MISSING"],
  ["redrive --queue of_the_fleet", 1, "QUEUE_PGMQ_MISSING"],
])("refuses `jobs %s` with exit code %i for %s, and changes nothing", async (words, exitCode, code) => {
  const large = join(directory, "large.json");
  writeFileSync(large, JSON.stringify("x".repeat(1_048_576)));
  const count = () =>
    test.database.query("select (select count(*) from shoal.jobs), (select count(*) from shoal.job_audit)");
  const before = await count();
  const thrown = await run(words.replace("LARGE", large)).catch((error: unknown) => error);
  expect(thrown).toMatchObject({ code });
  expect(exitCodeOf(thrown)).toBe(exitCode);
  expect(await count()).toEqual(before);
});

it("says which types there are to one who adds a job of another", async () => {
  await expect(run("enqueue nobody_knows")).rejects.toThrow(/only for risk_check, housekeeping, good, bad, endless/);
});

it("finds the database of the daemon that runs on the directory", async () => {
  const keys = { SUPABASE_URL: "", SUPABASE_ANON_KEY: null, SUPABASE_SERVICE_ROLE_KEY: "" };
  const environment = { ...keys, DATABASE_URL: test.url, SHOAL_URL: "", SHOAL_API_TOKEN: "" };
  const file = await writeEnvironmentFile(directory, process.pid, environment, () => false);
  expect((await run("depths", { DATABASE_URL: "" })).text).toMatch(/^jobs\n/);
  await file.remove();
});

it("says where jobs come from when there are none", async () => {
  await using bare = await testDatabase({ migrate: false });
  await expect(run("list", { DATABASE_URL: bare.url })).rejects.toMatchObject({ code: "CLI_NO_SCHEMA" });
  await expect(run("list", { DATABASE_URL: "" })).rejects.toMatchObject({ code: "CLI_NOT_RUNNING" });
});
