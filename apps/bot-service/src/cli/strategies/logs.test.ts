import { createSimulatedClock } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { fakeDaemon, problem, RUN_ID, STRATEGY_ID } from "./fake-daemon.test-support.ts";
import { runWords } from "./strategies.test-support.ts";

const line = (number: number, text = `line ${number}`, level = "info") => ({
  ...{ run_id: RUN_ID, epoch: 7, number, at: "2026-01-01T10:00:00.000Z", level, text },
});

describe("logs", () => {
  it("shows the newest lines, the oldest of them first, and keeps the terminal safe", async () => {
    const lines = [line(1), line(2, "\u001b]0;owned\u0007", "error")];
    const { daemon } = fakeDaemon({ [`GET /strategies/${STRATEGY_ID}/logs?limit=2`]: { lines } });
    const { text, json } = await runWords(["logs", STRATEGY_ID, "--limit", "2"], { daemon });
    expect(text).toBe("2026-01-01 10:00:00 info  line 1\n2026-01-01 10:00:00 error \\u{1b}]0;owned\\u{7}\n");
    expect(json).toEqual({ lines });
  });

  it("shows a thousand lines, however long", async () => {
    const lines = Array.from({ length: 1000 }, (_, index) => line(index + 1, "x".repeat(2000)));
    const { daemon } = fakeDaemon({ [`GET /strategies/${STRATEGY_ID}/logs?limit=1000`]: { lines } });
    expect((await runWords(["logs", STRATEGY_ID, "--limit", "1000"], { daemon })).text.split("\n")).toHaveLength(1001);
  });
});

/** Follows a log of a daemon that gives these answers, one for each question, and presses Ctrl-C when there is none left. */
async function follow(answers: (unknown[] | Response)[], ...words: string[]) {
  const clock = createSimulatedClock();
  const stop = new AbortController();
  const { daemon, asked } = fakeDaemon(() => {
    const next = answers.shift();
    if (next === undefined) stop.abort(new Error("Ctrl-C"));
    return next instanceof Response ? next : { lines: next ?? [] };
  });
  const done = runWords(["logs", "-f", STRATEGY_ID, ...words], { daemon, clock, signal: stop.signal });
  let isDone = false;
  const end = done.finally(() => {
    isDone = true;
  });
  end.catch(() => {});
  while (!isDone) {
    // Time goes on only while it sleeps, and not while it waits for an answer.
    if (!(await clock.advanceToNext())) await new Promise(setImmediate);
  }
  const queries = asked().map((what) => what.split("?")[1]);
  return { ...(await end), queries };
}

describe("logs -f", () => {
  it("goes on behind the last line, asks on at once while there is more, and ends well at Ctrl-C", async () => {
    const many = Array.from({ length: 500 }, (_, index) => line(index + 2));
    const { printed, queries, exitCode } = await follow([[line(1)], many, [], [line(502)]], "--limit", "1");
    expect(printed.split("\n")).toHaveLength(503);
    expect(printed).toContain("line 502\n");
    expect(queries).toEqual([
      "limit=1",
      "limit=500&after=7%3A1",
      "limit=500&after=7%3A501",
      "limit=500&after=7%3A501",
      "limit=500&after=7%3A502",
    ]);
    expect(exitCode).toBeUndefined();
  });

  it("begins with the first line of a log that was empty", async () => {
    const { queries } = await follow([[], [line(1)]]);
    expect(queries).toEqual(["limit=100", "limit=500&after=0%3A0", "limit=500&after=7%3A1"]);
  });

  it("writes a line of JSON for each with --json", async () => {
    const { printed } = await follow([[line(1), line(2, "\u009b2J")]], "--json");
    const lines = printed.trimEnd().split("\n");
    expect(lines.map((each) => JSON.parse(each))).toEqual([line(1), line(2, "\u009b2J")]);
    expect(printed).not.toContain("\u009b");
  });

  it("bears a daemon that is away for a moment, and says so once", async () => {
    const away = () => problem(503, "HTTP_NOT_OPEN", "The daemon is starting.");
    const { printed, warnings } = await follow([[line(1)], away(), away(), [line(2)]]);
    expect(printed.split("\n")).toHaveLength(3);
    expect(warnings).toEqual(["The daemon is starting.; trying again"]);
  });

  it("ends with the error of a daemon that stays away, or refuses", async () => {
    const away = Array.from({ length: 70 }, () => problem(503, "HTTP_NOT_OPEN", "The daemon is starting."));
    await expect(follow([[line(1)], ...away])).rejects.toMatchObject({ code: "HTTP_NOT_OPEN" });
    await expect(follow([problem(404, "STRATEGY_UNKNOWN", "None.")])).rejects.toMatchObject({
      code: "STRATEGY_UNKNOWN",
    });
  });
});
