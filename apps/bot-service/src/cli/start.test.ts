import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { faultProxy, spawnProgram, testDatabase, throwawayRoot } from "@shoal/testkit";
import { afterEach, describe, expect, it } from "vitest";

const MAIN = join(import.meta.dirname, "../main.ts");
const directory = mkdtempSync(join(throwawayRoot(), "shoal-start-"));
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Runs the daemon until it logs that it runs, then stops it. */
async function startOnce(
  environment: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const child = spawnProgram([MAIN, "start"], {
    env: { SHOAL_DIRECTORY: directory, HTTP_PORT: "0", LOG_FORMAT: "json", ...environment },
  });
  const complaint = new Response(child.stderr).text();
  let stdout = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    stdout += chunk;
    if (stdout.includes("running; stop with") && environment["DATABASE_URL"] === undefined) child.kill("SIGTERM");
  }
  return { code: await child.exited, stdout, stderr: await complaint };
}

describe("start", () => {
  it("prints the token it makes at the first start of the embedded backend, once and never into the log", async () => {
    const first = await startOnce();
    const token = /SHOAL_API_TOKEN=(\S{16,})/.exec(first.stderr)?.[1] ?? "";
    expect(token).not.toBe("");
    expect(first.stdout).not.toContain(token);
    const second = await startOnce();
    expect(second.stdout + second.stderr).not.toContain(token);
    expect([first.code, second.code]).toEqual([0, 0]);
  });

  it("ends with 2 and the name of the variable when a pooler does not know the database", async () => {
    await using pooler = await faultProxy(9);
    await pooler.refuse({ sqlstate: "08P01", message: "no such database: shoal" });
    const ended = await startOnce({ DATABASE_URL: `postgres://a:b@127.0.0.1:${pooler.port}/shoal` });
    expect(ended.code).toBe(2);
    expect(ended.stdout).toMatch(/no such database: shoal.*DATABASE_URL/);
  });

  it("ends with 1 on a database of a version before the first release, and says what to do", async () => {
    await using old = await testDatabase({ migrate: false });
    await old.database.script(`
      create schema shoal;
      create table shoal.schema_migrations (version text primary key, name text, checksum text);
      insert into shoal.schema_migrations values ('20261122000100', 'shoal_schema', 'x');`);
    const { code, stdout } = await startOnce({ DATABASE_URL: old.url });
    expect(code).toBe(1);
    expect(stdout).toMatch(/older Shoal, before its first release.*Start anew.*\.shoal.*drop schema shoal cascade/);
    expect(stdout).toContain("STORE_MIGRATION_UNKNOWN");
  });

  it("ends with 1 on a database of a newer major schema, and says what to do", async () => {
    await using newer = await testDatabase({ migrate: false });
    await newer.database.script(`
      create schema shoal;
      create table shoal.schema_migrations (version text primary key, name text, checksum text);
      insert into shoal.schema_migrations values ('99990101000000', 'major_2', 'x');`);
    const { code, stdout } = await startOnce({ DATABASE_URL: newer.url });
    expect(code).toBe(1);
    expect(stdout).toMatch(/STORE_SCHEMA_NEWER.*major version 2|major version 2.*STORE_SCHEMA_NEWER/);
  });
});
