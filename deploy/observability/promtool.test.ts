import { readdirSync } from "node:fs";
import { join } from "node:path";
import { testServers } from "@shoal/testkit";
import { describe, expect, it } from "vitest";

const { prometheus } = testServers();
const folder = join(import.meta.dirname, "../prometheus");
/** It ends within seconds: to collect garbage before it has that much of it took a quarter of its time. */
const GARBAGE = { GOGC: "off", GOMEMLIMIT: "256MiB" };

async function promtool(...args: string[]): Promise<{ readonly exitCode: number; readonly output: string }> {
  const child = Bun.spawn([prometheus?.promtool ?? "", ...args], {
    cwd: folder,
    env: { ...process.env, ...GARBAGE },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { exitCode: await child.exited, output: stdout + stderr };
}

const filesOf = (name: string) => readdirSync(join(folder, name)).map((file) => `${name}/${file}`);

describe.runIf(prometheus)("promtool", () => {
  it("accepts the configuration, with all rules", async () => {
    const { exitCode, output } = await promtool("check", "config", "prometheus.yml");
    expect(output).toContain("3 rule files found");
    expect(exitCode, output).toBe(0);
  });

  it("finds no fault with the rules", async () => {
    const { exitCode, output } = await promtool("check", "rules", "--lint=all", "--lint-fatal", ...filesOf("rules"));
    expect(exitCode, output).toBe(0);
  });

  it("sees every alert fire, and be quiet, when it should", async () => {
    const { exitCode, output } = await promtool("test", "rules", ...filesOf("tests"));
    expect(exitCode, output).toBe(0);
  });
});
