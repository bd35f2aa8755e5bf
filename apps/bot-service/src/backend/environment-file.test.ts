import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readEnvironmentFile, shellLines, writeEnvironmentFile } from "./environment-file.ts";

const environment = {
  SUPABASE_URL: "http://127.0.0.1:1",
  SUPABASE_ANON_KEY: null,
  SUPABASE_SERVICE_ROLE_KEY: "it's",
  DATABASE_URL: "postgres://x",
  SHOAL_URL: "http://127.0.0.1:2",
  SHOAL_API_TOKEN: "t",
};

describe("the environment file", () => {
  let directory = "";
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "shoal-environment-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const write = (pid: number, living: readonly number[] = [], over = {}) =>
    writeEnvironmentFile(directory, pid, { ...environment, ...over }, (other) => living.includes(other));
  const read = (...living: number[]) => readEnvironmentFile(directory, (pid) => living.includes(pid));

  it("says what was written while the daemon lives, to its user only", async () => {
    chmodSync(directory, 0o755);
    await write(42);
    expect(read(42)).toEqual(environment);
    expect(statSync(join(directory, "environment.json")).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  it.skipIf(process.getuid?.() === 0)("does not say so when it belongs to another user", async () => {
    await write(42);
    chmodSync(join(directory, "environment.json"), 0o000);
    expect(() => read(42)).toThrow(expect.objectContaining({ code: "CLI_NOT_YOURS" }));
  });

  it.each([
    ["there is no file", () => {}],
    ["there is no directory", () => rmSync(directory, { recursive: true })],
    ["the file is damaged", () => writeFileSync(join(directory, "environment.json"), "{")],
    ["the daemon was killed", () => write(42)],
    ["the daemon has drained", async () => (await write(42)).remove()],
  ])("says that no daemon is running when %s", async (_, prepare) => {
    await prepare();
    expect(() => read()).toThrow(expect.objectContaining({ code: "CLI_NOT_RUNNING" }));
    mkdirSync(directory, { recursive: true });
  });

  it.each([
    ["first", 0],
    ["second", 1],
  ])("of two daemons on one directory stays when the %s ends", async (_, ended) => {
    const files = [await write(42, []), await write(43, [42], { SHOAL_URL: "http://127.0.0.1:3" })];
    expect(read(42, 43)).toEqual(environment);
    await files[ended]?.remove();
    const left = ended === 0 ? 43 : 42;
    expect(read(left).SHOAL_URL).toBe(left === 42 ? environment.SHOAL_URL : "http://127.0.0.1:3");
    expect(readdirSync(directory)).toHaveLength(1);
  });

  it("takes the place of a daemon that was killed, which cannot remove it", async () => {
    const first = await write(42);
    await write(43, [], { SHOAL_URL: "http://127.0.0.1:3" });
    await first.remove();
    expect(read(43).SHOAL_URL).toBe("http://127.0.0.1:3");
    expect(readdirSync(directory)).toEqual(["environment.json"]);
  });

  it("is removed by its own daemon alone also where both have the same process id, as in containers", async () => {
    const first = await write(7);
    await write(7, [7], { SHOAL_URL: "http://127.0.0.1:3" });
    await first.remove();
    expect(read(7).SHOAL_URL).toBe("http://127.0.0.1:3");
  });
});

describe("shellLines", () => {
  it("quotes for the shell and leaves out what is not ours", () => {
    const lines = shellLines(environment);
    expect(lines).toContain("export SUPABASE_SERVICE_ROLE_KEY='it'\\''s'\n");
    expect(lines).not.toContain("SUPABASE_ANON_KEY");
    const { stdout } = Bun.spawnSync(["sh", "-c", `${lines} printf %s "$SUPABASE_SERVICE_ROLE_KEY"`]);
    expect(stdout.toString()).toBe("it's");
  });
});
