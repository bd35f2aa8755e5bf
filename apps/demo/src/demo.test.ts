import type { ServiceSnapshot } from "@shoal/bot-service/daemon";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createDemoCommand, type DemoOptions } from "./demo-options.ts";
import { percentile } from "./figures.ts";
import { isSuccess, outcomeOf, stubOutcome } from "./outcome.ts";
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
  matchesAcrossTopics: 0,
  messagesSent: 10,
  messagesReceived: 12,
  joins: 9,
  joinsRefused: 0,
  failures: 1,
  errorsByClass: { network: 1, rate: 0 },
  timeToMatchMs: [100, 300, 200],
  conversation: [],
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
  handedBack: { jobIds: [], messages: [], strategyIds: [] },
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
    expect(readDemoOptions([])).toEqual({
      people: 12,
      durationMs: null,
      isJson: false,
      chat: null,
      isLlmStub: false,
      chaos: null,
    });
  });
  it.each([
    ["30s", 30_000],
    ["5m", 300_000],
    ["1h", 3_600_000],
  ])("reads --for %s", (text, durationMs) => {
    expect(readDemoOptions(["--people", "40", "--for", text, "--json"])).toMatchObject({
      people: 40,
      durationMs,
      isJson: true,
      chaos: null,
    });
  });
  it("reads whether the page for talking is opened or printed, also without simulated people", () => {
    expect(readDemoOptions(["--chat"])).toMatchObject({ people: 12, chat: "print" });
    expect(readDemoOptions(["--open", "--chat", "--people", "0"])).toMatchObject({ people: 0, chat: "open" });
  });
  it("reads whether bots speak by the stand-in model", () => {
    expect(readDemoOptions(["--llm-stub", "--chat"])).toMatchObject({ isLlmStub: true, chat: "print" });
  });
  it("reads --chaos, with and without a seed", () => {
    expect(readDemoOptions(["--chaos"])).toMatchObject({ chaos: { seed: null } });
    expect(readDemoOptions(["--chaos", "--seed", "7"])).toMatchObject({ chaos: { seed: 7 } });
  });
  it.each([
    [["--people", "0"]],
    [["--people", "0", "--open", "--chaos"]],
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
  it("says who spoke with a stand-in model, and is no success where rules of matching were broken", () => {
    const spoken = { model: 9, rules: 2, safety: 1, dollars: 0.0007 };
    const outcome = { ...outcomeOf(people, service, 3, clean), llm_stub: stubOutcome(spoken, people) };
    expect(outcome.llm_stub).toMatchObject({ turns_by_model: 9, turns_fixed: 1, matches_across_topics: 0 });
    expect(isSuccess(outcome)).toBe(true);
    const broken = { ...outcome, llm_stub: stubOutcome(spoken, { ...people, matchesAcrossTopics: 1 }) };
    expect(isSuccess(broken)).toBe(false);
  });
  it("is no success when nobody was matched or something was left", () => {
    const nobody = { ...people, matchesPersonBot: 0, matchesPersonPerson: 0 };
    expect(isSuccess(outcomeOf(people, service, 3, clean))).toBe(true);
    expect(isSuccess(outcomeOf(nobody, service, 3, clean))).toBe(false);
    expect(isSuccess(outcomeOf(people, service, 3, { ...clean, clean: false }))).toBe(false);
    expect(isSuccess(outcomeOf({ ...nobody, people: 0 }, service, 3, clean))).toBe(true);
  });
  it("has no percentile without samples", () => {
    expect(percentile([], 0.5)).toBeNull();
    expect(percentile([7], 0.99)).toBe(7);
  });
});

describe("the live view", () => {
  const picture = {
    elapsedMs: 65_000,
    service,
    people,
    messagesPerSecond: 2.5,
    logPath: ".shoal/demo.log",
    columns: 79,
  };
  const said = (name: string, text: string, isBot = false) => ({ id: crypto.randomUUID(), name, isBot, text });
  const text = fc.string({ unit: "binary", maxLength: 300 });

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
      "7 in all",
      "network 3",
    ]) {
      expect(text).toContain(part);
    }
  });

  it("shows who spoke at what cost, and what the rules kept apart, where there is a model", () => {
    const spoken = { model: 9, rules: 2, safety: 1, dollars: 0.0007 };
    const text = drawPicture({ ...picture, spoken }).join("\n");
    for (const part of ["9 by the model", "2 by rules", "1 fixed", "$0.0007", "2 of 2 pairs"])
      expect(text).toContain(part);
    expect(drawPicture(picture).join("\n")).not.toContain("by the model");
  });

  it("says of the joins what means the same at any time, however much the limit allows", () => {
    const joinsOf = (joins: Partial<ServiceSnapshot["joins"]>) =>
      drawPicture({ ...picture, service: { ...service, joins: { ...service.joins, ...joins } } }).find((line) =>
        line.startsWith("  joins"),
      );
    expect(joinsOf({ windowUsed: 5, windowBudget: 799 })).toBe(
      "  joins         7 in all   1 refused   794 more allowed now",
    );
    expect(joinsOf({ windowUsed: 5, windowBudget: 4399 })).toBe(
      "  joins         7 in all   1 refused   4394 more allowed now",
    );
    expect(joinsOf({ windowUsed: 5, windowBudget: 0 })).toContain("0 more allowed now");
  });

  it("shows the latest of a conversation, each line under its speaker, always in as many rows", () => {
    const short = drawPicture({ ...picture, people: { ...people, conversation: [said("Anna", "hi!")] } });
    const long = Array.from({ length: 6 }, (_, index) => said("Mika", `line ${index} ${"and more ".repeat(20)}`, true));
    const full = drawPicture({ ...picture, people: { ...people, conversation: [...long, said("Anna", "the end")] } });
    expect(short).toContain("  Anna          hi!");
    const byBot = drawPicture({ ...picture, people: { ...people, conversation: [said("Maximiliane", "hi!", true)] } });
    expect(byBot).toContain("  Maximi… (bot) hi!");
    expect(full.at(-1)).toBe("  Anna          the end");
    expect(full.at(-2)).toMatch(/^ {16}and more/);
    expect(full.length).toBe(short.length);
    expect(drawPicture(picture)).toHaveLength(short.length);
  });

  it("is never wider than asked for, whatever is said in whatever script, with all figures large and a fault going on", () => {
    const large = 123_456;
    const record = { kind: "requestDisconnect", channelsLost: large, peopleLost: 400, peopleFailures: 400 } as const;
    const back = { joinsRefused: 99, channelsBackMs: 12_345, peopleBackMs: 12_345, isRecovered: true };
    const chaos = { current: "requestDisconnect", number: 13, of: 14, records: [{ ...record, ...back }] } as const;
    const logPath = `/var/${"a-long-folder/".repeat(12)}demo.log`;
    fc.assert(
      fc.property(fc.integer({ min: 40, max: 79 }), fc.array(fc.tuple(text, text, fc.boolean())), (columns, lines) => {
        const conversation = lines.map((line) => said(...line));
        const figures = {
          ...people,
          conversation,
          messagesSent: large,
          errorsByClass: { network: large, rate: large },
        };
        for (const line of drawPicture({ ...picture, columns, logPath, chaos, people: figures })) {
          expect(Bun.stringWidth(line)).toBeLessThanOrEqual(columns);
        }
      }),
    );
  });

  it("writes out what would steer the terminal or turn the reading order round", () => {
    const hostile = said("An\u202ena\x1b[2J", "one\ntwo \x07\x9b31m \u2066three\u2069 \ud800");
    const shown = drawPicture({ ...picture, people: { ...people, conversation: [hostile] } }).join("");
    expect(shown).not.toMatch(/\p{C}/u);
    expect(shown).toContain("one\\u{a}two \\u{7}\\u{9b}31m \\u{2066}three\\u{2069} \\u{d800}");
    expect(shown).toContain("  An\\u{202e}na… ");
  });
});
