import { join } from "node:path";
import { createSystemRuntime } from "@shoal/kernel";
import { createDatabase } from "@shoal/store";
import { spawnProgram } from "@shoal/testkit";
import { afterEach, expect, it } from "vitest";
import { startTestService, type TestService, until } from "./test-service.ts";

const PERSON = join(import.meta.dirname, "../../../examples/person.ts");
const HOUR_MS = "3600000";

let service: TestService | undefined;
afterEach(async () => {
  await service?.[Symbol.asyncDispose]();
});

/** Runs the program unchanged with that daemon, and reads its output. */
function startPerson({ environment }: TestService) {
  const { SUPABASE_URL, SUPABASE_ANON_KEY } = environment;
  const child = spawnProgram([PERSON], {
    env: { SUPABASE_URL, SUPABASE_ANON_KEY: SUPABASE_ANON_KEY ?? "" },
    stderr: "inherit",
  });
  const person = { printed: "", ended: false };
  void (async () => {
    for await (const bytes of child.stdout) person.printed += new TextDecoder().decode(bytes);
    person.ended = true;
  })();
  return person;
}

function openDatabase({ environment }: TestService) {
  const database = createDatabase<string>({
    url: environment.DATABASE_URL,
    runtime: createSystemRuntime(),
    maxConnections: 1,
  });
  return { ...database, [Symbol.asyncDispose]: () => database.close() };
}

it("two of them meet, hear each other, and their match lives", async () => {
  const running = await startTestService({ CHANNEL_ACCESS: "private", MATCH_BOT_AFTER_MS: HOUR_MS });
  service = running;
  const [one, other] = [startPerson(running), startPerson(running)];
  await until(() => one.printed !== "" && other.printed !== "");
  expect([one.printed, other.printed]).toEqual(["Ann: Hi!\n", "Ann: Hi!\n"]);
  await using database = openDatabase(running);
  await until(async () => (await database.query("select from shoal.matches where status = 'live'")).length === 1);
  expect(running.snapshot().matches).toMatchObject({ personPerson: 1, personBot: 0 });
});

it("one of them meets a bot that answers, and ends when the bot leaves", async () => {
  const running = await startTestService({ CHANNEL_ACCESS: "private", CONVERSATION_MAX_MESSAGES: "3" });
  service = running;
  const person = startPerson(running);
  await until(() => person.printed.split("\n").length > 2);
  expect(person.printed).toMatch(/^\w+: .*\bbot\b/i);
  expect(running.snapshot().matches).toMatchObject({ personPerson: 0, personBot: 1 });
  await running.drain();
  await until(() => person.ended);
});
