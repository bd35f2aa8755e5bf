import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readEnvironmentFile, removeEnvironmentFile, shellLines, writeEnvironmentFile } from "./environment-file.ts";

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

  it("says what was written while the daemon lives, to its user only", async () => {
    await writeEnvironmentFile(directory, 42, environment);
    expect(readEnvironmentFile(directory, (pid) => pid === 42)).toEqual(environment);
    expect(statSync(join(directory, "environment.json")).mode & 0o777).toBe(0o600);
  });

  it.skipIf(process.getuid?.() === 0)("does not say so when it belongs to another user", async () => {
    await writeEnvironmentFile(directory, 42, environment);
    chmodSync(join(directory, "environment.json"), 0o000);
    expect(() => readEnvironmentFile(directory, () => true)).toThrow(
      expect.objectContaining({ code: "CLI_NOT_YOURS" }),
    );
  });

  it.each([
    ["there is no file", () => {}],
    ["the file is damaged", () => writeFileSync(join(directory, "environment.json"), "{")],
    ["the daemon was killed", () => writeEnvironmentFile(directory, 42, environment)],
    [
      "the daemon has drained",
      async () => {
        await writeEnvironmentFile(directory, 42, environment);
        await removeEnvironmentFile(directory);
      },
    ],
  ])("says that no daemon is running when %s", async (_, prepare) => {
    await prepare();
    expect(() => readEnvironmentFile(directory, () => false)).toThrow(
      expect.objectContaining({ code: "CLI_NOT_RUNNING" }),
    );
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
