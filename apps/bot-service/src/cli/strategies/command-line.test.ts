import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AnyCommand, runCommand } from "@shoal/command-line";
import { afterAll, describe, expect, it, vi } from "vitest";
import { createStrategiesCommand } from "./command-line.ts";
import { readCommand } from "./strategies.test-support.ts";

const directory = mkdtempSync(join(tmpdir(), "shoal-strategies-"));
afterAll(() => rmSync(directory, { recursive: true }));
const config = join(directory, "config.json");
writeFileSync(config, '{"fast": 5}');

const OWNER = "0d9f2d3e-5a1b-4c7d-8e9f-0a1b2c3d4e5f";
const RUN = "5a1b4c7d-8e9f-5a1b-8c7d-0a1b2c3d4e5f";
const words = (line: string) => line.split(" ").filter((word) => word !== "");
const DEPLOY = { path: "a.ts", name: "mean", isStopped: false, isYes: false };

describe("the command line", () => {
  it.each([
    ["check a.ts", { kind: "check", path: "a.ts" }],
    ["run a.ts --synthetic", { kind: "run", file: { path: "a.ts", candleFiles: [], config: {}, cash: "10000" } }],
    [
      `run a.ts --candles b.csv --candles A/B=c.csv --config @${config} --cash 5.5`,
      {
        kind: "run",
        file: { path: "a.ts", candleFiles: ["b.csv", "A/B=c.csv"], config: { fast: 5 }, cash: "5.5" },
      },
    ],
    ["list", { kind: "list", limit: 20 }],
    [
      `list --status paused --owner ${OWNER.toUpperCase()} --limit 7 --before ${RUN}`,
      { kind: "list", status: "paused", ownerId: OWNER, limit: 7, before: RUN },
    ],
    ["status mean", { kind: "status", strategy: "mean" }],
    ["start mean", { kind: "start", strategy: "mean" }],
    ["stop mean", { kind: "stop", strategy: "mean" }],
    ["pause mean", { kind: "pause", strategy: "mean" }],
    ["resume mean", { kind: "resume", strategy: "mean" }],
    [`execute ${OWNER}`, { kind: "execute", strategy: OWNER }],
    ["positions mean", { kind: "positions", strategy: "mean" }],
    ["delete mean", { kind: "delete", strategy: "mean" }],
    ["rollback mean", { kind: "rollback", strategy: "mean" }],
    ["rollback mean --to 3", { kind: "rollback", strategy: "mean", version: 3 }],
    ["versions mean", { kind: "versions", strategy: "mean", limit: 20 }],
    ["runs mean --limit 5 --before 17", { kind: "runs", strategy: "mean", limit: 5, before: "17" }],
    ["orders mean", { kind: "orders", strategy: "mean", limit: 20 }],
    ["owners", { kind: "owners", limit: 20 }],
    [`owners --limit 3 --before ${OWNER}`, { kind: "owners", limit: 3, before: OWNER }],
    ["owner operator --weight 0.5", { kind: "owner", ownerId: null, weight: 0.5 }],
    [
      `owner ${OWNER.toUpperCase()} --strategies 0 --fuel 50000000000`,
      { kind: "owner", ownerId: OWNER, strategyLimit: 0, fuelPerDay: 50_000_000_000 },
    ],
    [
      `owner ${OWNER} --strategies none --fuel none`,
      { kind: "owner", ownerId: OWNER, strategyLimit: null, fuelPerDay: null },
    ],
    [`show ${RUN}`, { kind: "show", runId: RUN }],
    ["logs mean", { kind: "logs", strategy: "mean", limit: 100, isFollowed: false }],
    ["logs -f mean --limit 3", { kind: "logs", strategy: "mean", limit: 3, isFollowed: true }],
    [`replay ${RUN}`, { kind: "replay", runId: RUN }],
    [`replay ${RUN} --stop-at 7`, { kind: "replay", runId: RUN, stopAt: 7 }],
    ["deploy a.ts --name mean", { kind: "deploy", deploy: DEPLOY }],
    [
      `deploy a.ts --name mean --every 5m --venue kraken --market kraken --secret main --cash 100 --config {"a":1} --idempotency-key k --owner ${OWNER} --no-start`,
      {
        kind: "deploy",
        deploy: {
          ...{ ...DEPLOY, isStopped: true, intervalMs: 300_000, venue: "kraken", market: "kraken", secret: "main" },
          ...{ cash: "100", config: { a: 1 }, idempotencyKey: "k", ownerId: OWNER },
        },
      },
    ],
    [
      "deploy a.ts --name mean --cron @daily --zone Europe/Berlin --shadow 7d --yes",
      {
        kind: "deploy",
        deploy: { ...DEPLOY, cron: "@daily", zone: "Europe/Berlin", shadowMs: 7 * 86_400_000, isYes: true },
      },
    ],
    ["secrets set main", { kind: "secrets set", name: "main" }],
    [`secrets list --owner ${OWNER}`, { kind: "secrets list", ownerId: OWNER }],
    ["secrets delete main", { kind: "secrets delete", name: "main" }],
  ])("reads: %s", async (line, command) => {
    expect(await readCommand(words(line))).toEqual(command);
  });

  it.each([
    ["lisst", /unknown command 'lisst' \(Did you mean list\?\); see: strategies --help$/],
    ["check", /missing required argument 'file'; see: strategies check --help/],
    ["run a.ts", /give the candles to run on: --candles <file>, or --synthetic/],
    ["run a.ts --synthetic --candles b", /--candles <file>' cannot be used with option '--synthetic'/],
    ["run a.ts --synthetic --config {secret", /--config <json>' argument '{secret' is invalid. --config is not JSON/],
    ["run a.ts --synthetic --config [1]", /Expected an object of JSON/],
    ["run a.ts --synthetic --config @/nonexistent", /\/nonexistent cannot be read \(ENOENT\)/],
    ["run a.ts --synthetic --cash -5", /Expected a number of 0 or more/],
    ["list --status lost", /Allowed choices are running, paused, stopped, quarantined/],
    ["list --owner joe", /--owner <id>' argument 'joe' is invalid. Expected an id such as/],
    ["list --limit 0", /Expected a whole number from 1 to 1000/],
    ["status", /missing required argument 'strategy'/],
    ["status a b", /too many arguments for 'status'/],
    ["runs mean --before a/b", /Expected the id or number/],
    ["rollback mean --to 0", /Expected a whole number from 1/],
    ["show 7", /'7' is invalid for argument 'run'. Expected an id/],
    [`replay ${RUN} --stop-at 0`, /Expected a whole number from 1/],
    ["deploy a.ts", /required option '--name <name>' not specified/],
    ["deploy a.ts --name a --every 500ms", /of 1000 ms or more/],
    ["deploy a.ts --name a --every 5m --cron x", /--every <time>' cannot be used with option '--cron/],
    ["deploy a.ts --name a --zone UTC", /--zone is of --cron: give both/],
    ["deploy a.ts --name a --idempotency-key ü", /Expected 1 to 256 printable characters of ASCII/],
    ["deploy a.ts --name a --yes", /--yes is of --shadow: give both/],
    ["deploy a.ts --name a --shadow week", /Expected a time in ms, s, m, h or d/],
    ["secrets set main value", /too many arguments for 'set'/],
    ["secrets put main", /unknown command 'put'/],
  ])("refuses, naming what is at fault: %s", async (line, message) => {
    await expect(readCommand(words(line))).rejects.toMatchObject({
      code: "CLI_USAGE",
      message: expect.stringMatching(message),
    });
  });

  const all = (command: AnyCommand, before: readonly string[] = []): string[][] =>
    command.commands.flatMap((each) => {
      const path = [...before, each.name()];
      return each.commands.length > 0 ? all(each, path) : [path];
    });
  const commands = all(createStrategiesCommand(() => {}));

  it.each(commands)("prints help with an example and --json: %s %s", async (...path) => {
    const printed = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    await runCommand(
      createStrategiesCommand(() => {}),
      [...path.filter(Boolean), "--help"],
    );
    const text = printed.mock.calls.map(([chunk]) => chunk).join("");
    printed.mockRestore();
    expect(text).toContain(`\n  bun run shoal strategies ${path.filter(Boolean).join(" ")}`);
    expect(text).toContain("--json");
  });
});
