import { describe, expect, it } from "vitest";
import type { ServiceSnapshot } from "../../service.types.ts";
import { createScreen } from "../screen.ts";
import { createDemoCommand, type DemoOptions } from "./demo-options.ts";
import { percentile } from "./figures.ts";
import { isSuccess, outcomeOf } from "./outcome.ts";
import type { PeopleReport } from "./people/protocol.ts";
import { drawPicture } from "./view.ts";

const people: PeopleReport = {
  people: 4,
  offline: 0,
  waiting: 1,
  talking: 3,
  everMatched: 4,
  servedSinceMark: 3,
  marks: 1,
  matchesPersonPerson: 2,
  matchesPersonBot: 1,
  messagesSent: 10,
  messagesReceived: 12,
  joins: 9,
  joinsRefused: 0,
  failures: 1,
  errorsByClass: { network: 1, rate: 0 },
  timeToMatchMs: [100, 300, 200],
};
const service: ServiceSnapshot = {
  people: { present: 4, waiting: 1 },
  bots: { target: 3, starting: 0, idle: 2, talking: 1, stopping: 0, quarantined: 0 },
  matches: { personPerson: 2, personBot: 1, live: 2 },
  messages: { sent: 5, received: 6, malformed: 0 },
  joins: { total: 7, refused: 1, windowUsed: 7, windowBudget: 4800 },
  sockets: 4,
  slots: 5,
  errorsByClass: { network: 2 },
};
const clean = {
  clean: true,
  durationMs: 5,
  left: { sockets: 0, slots: 0, leases: 0, timers: 0 },
  handedBack: { jobIds: [], messages: [] },
};

function readDemoOptions(args: string[]): DemoOptions | undefined {
  let read: DemoOptions | undefined;
  createDemoCommand((options) => {
    read = options;
  }).parse(args, { from: "user" });
  return read;
}

describe("the options of the demo", () => {
  it("defaults to 12 people until Ctrl-C", () => {
    expect(readDemoOptions([])).toEqual({ people: 12, durationMs: null, isJson: false, chaos: null });
  });
  it.each([
    ["30s", 30_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
  ])("reads --for %s", (text, durationMs) => {
    expect(readDemoOptions(["--people", "40", "--for", text, "--json"])).toEqual({
      people: 40,
      durationMs,
      isJson: true,
      chaos: null,
    });
  });
  it("reads --chaos, with and without a seed", () => {
    expect(readDemoOptions(["--chaos"])).toMatchObject({ chaos: { seed: null } });
    expect(readDemoOptions(["--chaos", "--seed", "7"])).toMatchObject({ chaos: { seed: 7 } });
  });
  it.each([
    [["--people", "0"]],
    [["--people", "501"]],
    [["--people", "many"]],
    [["--for", "30"]],
    [["--for", "0s"]],
    [["--speed", "9"]],
    [["stray"]],
    [["--seed", "1"]],
    [["--chaos", "--seed", "x"]],
  ])("refuses %j with the way to help", (args) => {
    expect(() => readDemoOptions(args)).toThrow(expect.objectContaining({ code: "CLI_USAGE" }));
    expect(() => readDemoOptions(args)).toThrow(/demo --help/);
  });
});

describe("outcomeOf", () => {
  it("adds up what the daemon and the people counted", () => {
    expect(outcomeOf(people, service, 3, clean)).toEqual({
      people: 4,
      people_matched: 4,
      bots: 3,
      matches_person_person: 2,
      matches_person_bot: 1,
      messages: 15,
      time_to_match_ms: { p50: 200, p99: 300 },
      joins: 16,
      joins_refused: 1,
      errors_by_class: { network: 3 },
      drained: true,
    });
  });
  it("is no success when nobody was matched or something was left", () => {
    const nobody = { ...people, matchesPersonBot: 0, matchesPersonPerson: 0 };
    expect(isSuccess(outcomeOf(people, service, 3, clean))).toBe(true);
    expect(isSuccess(outcomeOf(nobody, service, 3, clean))).toBe(false);
    expect(isSuccess(outcomeOf(people, service, 3, { ...clean, clean: false }))).toBe(false);
  });
  it("has no percentile without samples", () => {
    expect(percentile([], 0.5)).toBeNull();
    expect(percentile([7], 0.99)).toBe(7);
  });
});

describe("the live view", () => {
  const picture = { elapsedMs: 65_000, service, people, messagesPerSecond: 2.5, logPath: ".shoal/demo.log" };

  it("shows waiting people, idle and talking bots, matches, messages, joins and the errors of both processes", () => {
    const text = drawPicture(picture).join("\n");
    for (const part of [
      "1:05",
      "1 waiting",
      "2 idle",
      "1 talking",
      "2 person-person",
      "1 person-bot",
      "2.5 per second",
      "7 of 4800",
      "network 3",
    ]) {
      expect(text).toContain(part);
    }
  });

  it("draws over the last picture on a terminal and never wraps a line", () => {
    const written: string[] = [];
    const screen = createScreen({ isTTY: true, columns: 40, write: (text) => written.push(text) }, () => 0);
    screen.show(["x".repeat(100), "b"]);
    screen.show(["c", "d"]);
    expect(written[0]).toBe(`\x1b[2K${"x".repeat(39)}\n\x1b[2Kb\n\x1b[J`);
    expect(written[1]?.startsWith("\r\x1b[2A")).toBe(true);
  });

  it("shows the top of a picture that is taller than the terminal, and follows its size", () => {
    const written: string[] = [];
    const terminal = { isTTY: true, columns: 40, rows: 3, write: (text: string) => written.push(text) };
    const screen = createScreen(terminal, () => 0);
    screen.show(["a", "b", "c", "d"]);
    terminal.rows = 10;
    screen.show(["a", "b", "c", "d"]);
    expect(written[0]).toBe("\x1b[2Ka\n\x1b[2Kb\n\x1b[J");
    expect(written[1]).toBe("\r\x1b[2A\x1b[2Ka\n\x1b[2Kb\n\x1b[2Kc\n\x1b[2Kd\n\x1b[J");
  });

  it("writes one line every 5 s where there is no terminal", () => {
    const written: string[] = [];
    let nowMs = 0;
    const screen = createScreen({ write: (text) => written.push(text) }, () => nowMs);
    for (; nowMs < 10_000; nowMs += 500) screen.show(drawPicture(picture));
    expect(written).toHaveLength(2);
    expect(written[0]?.split("\n")).toHaveLength(2);
  });
});
