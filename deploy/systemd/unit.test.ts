import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";

const repository = join(import.meta.dirname, "../..");
const unit = readFileSync(join(import.meta.dirname, "shoal.service"), "utf8");
const systemdAnalyze = Bun.which("systemd-analyze");
/** As `systemd-analyze security` counts, from 0 to 10: a wall that is taken away adds 0.1 to 0.5. */
const MAX_EXPOSURE = 2.2;

const settingOf = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1] ?? "";

/** Walls, and how the daemon starts and ends: what a machine without systemd can tell of the unit. */
const SETTINGS: Readonly<Record<string, string>> = {
  ...{ Type: "exec", User: "shoal", Restart: "always", RestartPreventExitStatus: "2", KillMode: "mixed" },
  ...{ CapabilityBoundingSet: "", NoNewPrivileges: "yes", ProtectSystem: "strict", ProtectHome: "yes", UMask: "0077" },
  ...{
    PrivateTmp: "yes",
    PrivateDevices: "yes",
    PrivateUsers: "yes",
    RestrictSUIDSGID: "yes",
    SystemCallFilter: "@system-service",
  },
};

describe("shoal.service", () => {
  it("has each setting once, in the sections of a service", () => {
    const lines = unit.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(lines.filter((line) => line.startsWith("["))).toEqual(["[Unit]", "[Service]", "[Install]"]);
    const names = lines
      .filter((line) => !line.startsWith("["))
      .map((line) => /^([A-Z][A-Za-z]+)=/.exec(line)?.[1] ?? line);
    expect(names).toEqual([...new Set(names)]);
    for (const name of names) expect(name).toMatch(/^[A-Z][A-Za-z]+$/);
    for (const [name, value] of Object.entries(SETTINGS)) expect([name, settingOf(name)]).toEqual([name, value]);
  });

  it("starts what is in the repository, and gives it the time that a drain may take", () => {
    const [, program = "", command] = settingOf("ExecStart").split(" ");
    expect(existsSync(join(repository, program))).toBe(true);
    expect(command).toBe("start");
    const configuration = readFileSync(join(repository, "docs/configuration.md"), "utf8");
    const [, drainMs] = /`DRAIN_TIMEOUT_MS` \| (\d+) /.exec(configuration) ?? [];
    expect(Number(settingOf("TimeoutStopSec"))).toBe(Number(drainMs) / 1000 + 10);
  });

  it.runIf(systemdAnalyze)("is read by systemd without a complaint, and walls the daemon in", () => {
    const directory = mkdtempSync(join(tmpdir(), "shoal-unit-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const file = join(directory, "shoal.service");
    // A program that is there, as systemd looks for it.
    writeFileSync(file, unit.replace("/usr/local/bin/bun", process.execPath));
    const run = (...args: string[]) => {
      const { exitCode, stdout, stderr } = Bun.spawnSync([systemdAnalyze ?? "", ...args, file]);
      return { exitCode, said: `${stdout}${stderr}` };
    };
    expect(run("verify")).toEqual({ exitCode: 0, said: "" });
    const [, exposure] =
      /exposure level for shoal\.service: ([\d.]+)/.exec(run("security", "--offline=yes").said) ?? [];
    expect(Number(exposure)).toBeLessThanOrEqual(MAX_EXPOSURE);
  });
});
