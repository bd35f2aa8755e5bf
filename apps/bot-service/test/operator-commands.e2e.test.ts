import { join } from "node:path";
import { spawnProgram } from "@shoal/testkit";
import { afterEach, expect, it } from "vitest";
import { startTestService, type TestService } from "./test-service.ts";

const MAIN = join(import.meta.dirname, "../src/main.ts");
let service: TestService | undefined;
afterEach(async () => {
  await service?.[Symbol.asyncDispose]();
});

it("shows a running daemon to its operator, and finds its project well", async () => {
  const running = await startTestService();
  service = running;
  const person = await running.person("ada");
  const notice = await person.meet();
  await person.enterRoom(notice);
  const { SUPABASE_ANON_KEY, ...environment } = running.environment;
  const run = async (...args: string[]) => {
    const child = spawnProgram([MAIN, ...args], {
      env: { CHANNEL_ACCESS: "public", SUPABASE_ANON_KEY: SUPABASE_ANON_KEY ?? "", ...environment },
      stderr: "inherit",
    });
    const text = await new Response(child.stdout).text();
    return { code: await child.exited, text };
  };

  const status = await run("status");
  expect(status.code).toBe(0);
  expect(status.text).toMatch(/phase open/);
  expect(status.text).toMatch(/database \w+ {3}realtime \w+ {3}channels \w+ {3}lobby \w+/);
  expect(status.text).toMatch(/match wait +p50 [\d,.]+ ms {3}p95 [\d,.]+ ms {3}of the last 1/);
  expect(status.text).toMatch(/people +1 in the lobby/);

  const doctor = await run("doctor");
  expect(doctor.text).toMatch(/0 failed/);
  expect(doctor.text).toMatch(/ok +migrations +all \d+ applied/);
  expect(doctor.code).toBe(0);
  for (const secret of [environment.SUPABASE_SERVICE_ROLE_KEY, SUPABASE_ANON_KEY, environment.SHOAL_API_TOKEN]) {
    expect(status.text + doctor.text).not.toContain(secret);
  }
  await person[Symbol.asyncDispose]();
});
