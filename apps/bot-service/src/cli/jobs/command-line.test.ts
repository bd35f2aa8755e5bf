import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readJobsCommand } from "./command-line.ts";

const directory = mkdtempSync(join(tmpdir(), "shoal-jobs-"));
afterAll(() => rmSync(directory, { recursive: true }));
const good = join(directory, "good.json");
const bad = join(directory, "bad.json");
writeFileSync(good, ' {"a": [1]}\n');
writeFileSync(bad, "{secret");

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
    ["letters", { kind: "letters", limit: 20 }],
    [
      "letters --queue alert_jobs --limit 5 --before 9",
      { kind: "letters", queue: "alert_jobs", limit: 5, before: "9" },
    ],
    ["audit --job 7 --limit 2 --before 3", { kind: "audit", jobId: "7", limit: 2, before: "3" }],
    ["", { kind: "help" }],
    ["--help", { kind: "help" }],
    ["list -h", { kind: "help" }],
    ["enqueue --help a", { kind: "help" }],
  ])("reads: %s", (words, command) => {
    expect(readJobsCommand(words.split(" ").filter((word) => word !== ""))).toEqual({ command, isJson: false });
  });

  it("hears of --json anywhere behind the command", () => {
    expect(readJobsCommand(["show", "--json", "7"])).toEqual({ command: { kind: "show", id: "7" }, isJson: true });
  });

  it.each([
    ["lisst", /no command jobs lisst/],
    ["constructor", /no command jobs constructor/],
    ["list --stauts dead", /^Unknown option '--stauts'; see: /],
    ["list --status lost", /--status lost: expected pending, running, completed, dead/],
    ["list --limit 0", /--limit 0: expected a whole number from 1 to 1000/],
    ["list --limit 1e2", /--limit 1e2/],
    ["list --before x", /--before x: an id is a whole number above 0/],
    ["list 7", /no use for the word 7/],
    ["show", /jobs show needs the id of a job/],
    ["show seven", /id seven/],
    ["show 0", /id 0/],
    ["show 7 8", /no use for the word 8/],
    ["retry -7", /-7/],
    ["cancel 9999999999999999999", /an id is a whole number/],
    ["redrive --type a --queue b", /give one of them/],
    ["redrive --limit many", /--limit many/],
    ["run --batch 1001", /--batch 1001: expected a whole number from 1 to 1000/],
    ["run 7", /no use for the word 7/],
    ["enqueue", /jobs enqueue needs the type of a job/],
    ["enqueue a --payload {x}", /--payload is not JSON/],
    ["enqueue a --payload", /--payload/],
    ["enqueue a --payload @/nonexistent/file", /\/nonexistent\/file cannot be read \(ENOENT\)/],
    ["enqueue a --delay=-10m", /--delay -10m: expected 0 or more ms, s, m, h or d/],
    ["enqueue a --delay -10m", /^--delay: .* is written --delay=-…; see: /],
    ["enqueue a --delay 10", /--delay 10: /],
    ["enqueue a --delay soon", /--delay soon/],
    ["enqueue a --priority 101", /--priority 101: expected a whole number from -100 to 100/],
    ["enqueue a --max-attempts 0", /--max-attempts 0/],
    ["depths now", /no use for the word now/],
    ["letters alert_jobs", /no use for the word alert_jobs/],
    ["letters --before x", /--before x/],
    ["audit --job x", /--job x/],
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
