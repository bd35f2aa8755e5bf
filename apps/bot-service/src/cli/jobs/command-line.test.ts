import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runCommand } from "@shoal/command-line";
import { afterAll, describe, expect, it, vi } from "vitest";
import { createJobsCommand } from "./command-line.ts";

const directory = mkdtempSync(join(tmpdir(), "shoal-jobs-"));
afterAll(() => rmSync(directory, { recursive: true }));
const good = join(directory, "good.json");
const bad = join(directory, "bad.json");
writeFileSync(good, ' {"a": [1]}\n');
writeFileSync(bad, "{secret");

function readJobsCommand(words: string[]): unknown {
  let read: unknown;
  createJobsCommand((command, isJson) => {
    read = { command, isJson };
  }).parse(words, { from: "user" });
  return read;
}

describe("the command line", () => {
  it.each([
    ["list", { kind: "list", limit: 20 }],
    [
      "list --status dead --type a.b --limit 5 --before 9",
      { kind: "list", status: "dead", type: "a.b", limit: 5, before: "9" },
    ],
    ["show 7", { kind: "show", id: "7" }],
    ["retry 7", { kind: "retry", id: "7" }],
    ["cancel 999999999999999999", { kind: "cancel", id: "999999999999999999" }],
    ["redrive", { kind: "redrive", limit: 100 }],
    ["redrive --type a --limit 1000", { kind: "redrive", type: "a", limit: 1000 }],
    ["redrive --queue alert_jobs", { kind: "redrive", queue: "alert_jobs", limit: 100 }],
    ["run", { kind: "run" }],
    ["run --batch 25", { kind: "run", batchSize: 25 }],
    ["enqueue a", { kind: "enqueue", job: { type: "a" } }],
    [
      'enqueue a --payload {"x":1} --delay 10m',
      { kind: "enqueue", job: { type: "a", payload: { x: 1 }, delayMs: 600_000 } },
    ],
    ["enqueue a --payload null --delay 0s", { kind: "enqueue", job: { type: "a", payload: null, delayMs: 0 } }],
    [`enqueue a --payload @${good}`, { kind: "enqueue", job: { type: "a", payload: { a: [1] } } }],
    [
      "enqueue a --priority=-5 --max-attempts 1 --unique-key k",
      { kind: "enqueue", job: { type: "a", priority: -5, maxAttempts: 1, uniqueKey: "k" } },
    ],
    ["depths", { kind: "depths" }],
    ["queues", { kind: "depths" }],
    ["dead-letters", { kind: "dead-letters", limit: 20 }],
    [
      "dead-letters --queue alert_jobs --limit 5 --before 9",
      { kind: "dead-letters", queue: "alert_jobs", limit: 5, before: "9" },
    ],
    ["audit --job 7 --limit 2 --before 3", { kind: "audit", jobId: "7", limit: 2, before: "3" }],
  ])("reads: %s", (words, command) => {
    expect(readJobsCommand(words.split(" ").filter((word) => word !== ""))).toEqual({ command, isJson: false });
  });

  it.each([
    ["", "Usage: jobs [options] [command]"],
    ["--help", "dead-letters [options]"],
    ["list -h", "--status <status>"],
    ["enqueue --help a", "Usage: jobs enqueue [options] <type>"],
  ])("prints help: %s", async (words, text) => {
    const read = vi.fn();
    const printed = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    await runCommand(
      createJobsCommand(read),
      words.split(" ").filter((word) => word !== ""),
    );
    const written = printed.mock.calls.map(([chunk]) => chunk).join("");
    printed.mockRestore();
    expect(written).toContain(text);
    expect(read).not.toHaveBeenCalled();
  });

  it("hears of --json anywhere behind the command", () => {
    expect(readJobsCommand(["show", "--json", "7"])).toEqual({ command: { kind: "show", id: "7" }, isJson: true });
  });

  it.each([
    ["lisst", /unknown command 'lisst' \(Did you mean list\?\); see: jobs --help$/],
    ["constructor", /unknown command 'constructor'/],
    ["list --stauts dead", /^unknown option '--stauts' \(Did you mean --status\?\); see: jobs list --help$/],
    [
      "list --status lost",
      /--status <status>' argument 'lost' is invalid. Allowed choices are pending, running, completed, dead/,
    ],
    ["list --limit 0", /--limit <count>' argument '0' is invalid. Expected a whole number from 1 to 1000/],
    ["list --limit 1e2", /--limit <count>' argument '1e2'/],
    ["list --before x", /--before <id>' argument 'x' is invalid. An id is a whole number above 0/],
    ["list 7", /too many arguments for 'list'.* 7/],
    ["show", /missing required argument 'id'; see: jobs show --help/],
    ["show seven", /'seven' is invalid for argument 'id'/],
    ["show 0", /'0' is invalid for argument 'id'/],
    ["show 7 8", /too many arguments for 'show'.* 8/],
    ["retry -7", /-7/],
    ["cancel 9999999999999999999", /An id is a whole number/],
    ["redrive --type a --queue b", /--queue <queue>' cannot be used with option '--type <type>'/],
    ["redrive --limit many", /--limit <count>' argument 'many'/],
    ["run --batch 1001", /--batch <count>' argument '1001' is invalid. Expected a whole number from 1 to 1000/],
    ["run 7", /too many arguments for 'run'.* 7/],
    ["enqueue", /missing required argument 'type'/],
    ["enqueue a --payload {x}", /--payload is not JSON/],
    ["enqueue a --payload", /--payload <json>' argument missing/],
    ["enqueue a --payload @/nonexistent/file", /\/nonexistent\/file cannot be read \(ENOENT\)/],
    ["enqueue a --delay=-10m", /--delay <time>' argument '-10m' is invalid. Expected a time in ms, s, m, h or d/],
    ["enqueue a --delay -10m", /--delay <time>' argument '-10m' is invalid/],
    ["enqueue a --delay 10", /--delay <time>' argument '10'/],
    ["enqueue a --delay soon", /--delay <time>' argument 'soon'/],
    [
      "enqueue a --priority 101",
      /--priority <number>' argument '101' is invalid. Expected a whole number from -100 to 100/,
    ],
    ["enqueue a --max-attempts 0", /--max-attempts <count>' argument '0'/],
    ["depths now", /too many arguments for 'depths'.* now/],
    ["dead-letters alert_jobs", /too many arguments for 'dead-letters'.* alert_jobs/],
    ["dead-letters --before x", /--before <id>' argument 'x'/],
    ["audit --job x", /--job <id>' argument 'x'/],
  ])("refuses, naming what is at fault: %s", (words, message) => {
    expect(() => readJobsCommand(words.split(" "))).toThrow(
      expect.objectContaining({ code: "CLI_USAGE", message: expect.stringMatching(message) }),
    );
  });

  it("does not say what is in a payload that it refuses", () => {
    for (const payload of [`@${bad}`, "{secret"]) {
      expect(() => readJobsCommand(["enqueue", "a", "--payload", payload])).toThrow(
        expect.objectContaining({ message: expect.not.stringContaining("secret") }),
      );
    }
  });
});
