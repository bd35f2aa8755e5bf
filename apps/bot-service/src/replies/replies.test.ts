import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { ConcernMark, ReplyRequest } from "@shoal/conversation-bot";
import { DAY_MS, type LogFields, silentLog } from "@shoal/kernel";
import type { ReplyBudget, ReplyReservation } from "@shoal/replies";
import { throwawayRoot } from "@shoal/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { type Environment, parseConfig } from "../config.ts";
import { ask, makeApp } from "../http/http.test-support.ts";
import type { RepliesView } from "../http/reply-bodies.ts";
import { countTurns } from "./figures.ts";
import { watchSpending } from "./spending.ts";
import { createTalkHooks } from "./talk-hooks.ts";
import { talkSettings } from "./talk-settings.ts";

const MODEL = { LLM_BASE_URL: "http://llm/v1", LLM_MODEL: "m", LLM_PRICE_INPUT: "1", LLM_PRICE_OUTPUT: "1" };
const REQUEST = {} as ReplyRequest;
const { signal } = new AbortController();

describe("what conversations are given", () => {
  const hooksOf = (env: Environment) => createTalkHooks(parseConfig(env).config);

  it("has no model and no memories where none are configured", () => {
    expect(Object.keys(hooksOf({}).options)).toEqual(["onTurn", "onConcern"]);
    expect(hooksOf({ ...MODEL, LLM_MEMORY: "on" }).options).toMatchObject({ replies: {}, memories: {} });
  });

  it("is held, remembers nothing and marks nothing before the parts are there, and passes on to them from then on", async () => {
    const { options, bind } = hooksOf({ ...MODEL, LLM_MEMORY: "on" });
    const mark: ConcernMark = { conversationId: "m", personId: "p", botId: "b", kind: "minor", language: "en" };
    options.onConcern?.(mark);
    expect(() => options.replies?.reply(REQUEST, signal)).toThrow(expect.objectContaining({ code: "REPLY_HELD" }));
    expect(await options.memories?.load("p", "b")).toEqual([]);
    await options.memories?.save("p", "b", ["x"]);

    const done: unknown[] = [];
    async function* reply() {
      yield "hi";
    }
    bind({
      replies: { reply },
      memories: { load: async () => ["like jazz"], save: async (...given) => void done.push(given) },
      mark: (given) => void done.push(given),
    });
    options.onConcern?.(mark);
    await options.memories?.save("p", "b", ["x"]);
    expect(await options.memories?.load("p", "b")).toEqual(["like jazz"]);
    expect(await Array.fromAsync(options.replies?.reply(REQUEST, signal) ?? [])).toEqual(["hi"]);
    expect(done).toEqual([mark, ["p", "b", ["x"]]]);
  });

  it("counts turns by who answered, and keeps the latest faults", () => {
    const { options, events } = hooksOf({});
    const { read, close } = countTurns(events, () => 7);
    options.onTurn?.({ engine: "model", ms: 1 });
    for (let count = 0; count < 60; count += 1) options.onTurn?.({ engine: "rules", code: `C${count}`, ms: 1 });
    expect(read().engines).toEqual({ model: 1, rules: 60, safety: 0 });
    expect([read().faults.length, read().faults[0]]).toEqual([50, { atMs: 7, code: "C59" }]);
    close();
    options.onTurn?.({ engine: "model", ms: 1 });
    expect([read().engines.model, events.listenerCount]).toEqual([1, 0]);
  });
});

describe("the settings of conversations", () => {
  async function settings(text: string | null) {
    const directory = mkdtempSync(join(throwawayRoot(), "shoal-lines-"));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    const path = join(directory, "lines.json");
    if (text !== null) await Bun.write(path, text);
    return talkSettings(parseConfig({ SAFETY_HELP_LINES: path, SAFETY_REGION: "DE", SAFETY_MIN_AGE: "16" }).config);
  }

  it("have the operator's help lines, region and age", async () => {
    const own = { DE: { crisis: ["0800 1"], young: [], emergency: "112" } };
    expect((await settings(JSON.stringify(own))).safety).toEqual({
      ...{ minAge: 16, region: "DE", allowsLinks: false, helpLines: own },
    });
    expect((await talkSettings(parseConfig({}).config)).safety).toMatchObject({ helpLines: {}, region: "XX" });
  });

  it.each([
    ["is not there", null, "cannot be read"],
    ["is no JSON", "{", "must be JSON"],
    ["has another form", '{"DE": 110}', "DE"],
  ])("are refused at the start where the file of help lines %s", async (_, text, problem) => {
    await expect(settings(text)).rejects.toThrow(
      expect.objectContaining({ code: "CONFIG_HELP_LINES", message: expect.stringContaining(problem) }),
    );
  });
});

describe("the budgets of replies", () => {
  const ASK = { conversationId: "c", personId: "p", worstMicros: 5 };

  function spending() {
    const lines: string[] = [];
    const write = (fields: LogFields, message: string) => void lines.push(`${fields["scope"]}: ${message}`);
    let answer: ReplyReservation = { ok: true, id: "1" };
    let nowMs = Date.UTC(2026, 0, 31, 12);
    const budget: ReplyBudget = { reserve: async () => answer, settle: async () => {} };
    const watched = watchSpending(budget, { log: { ...silentLog, warn: write, info: write }, now: () => nowMs });
    const reserve = async (next: ReplyReservation, afterMs = 0) => {
      answer = next;
      nowMs += afterMs;
      expect(await watched.budget.reserve(ASK)).toBe(next);
    };
    return { ...watched, lines, reserve };
  }
  const granted: ReplyReservation = { ok: true, id: "1" };
  const refusedBy = (scope: "conversation" | "person" | "day" | "month" | "away"): ReplyReservation => ({
    ok: false,
    scope,
  });

  it("are told once to be spent, however many replies they refuse or still grant, and once to be there again", async () => {
    const { reserve, lines, refused, spent } = spending();
    for (let count = 0; count < 5; count += 1) {
      await reserve(refusedBy("day"));
      await reserve(granted);
    }
    expect([lines.length, refused.day, spent()]).toEqual([1, 5, ["day"]]);
    expect(lines[0]).toMatch(/^day: the budget of replies by the model is spent/);
    await reserve(granted, DAY_MS);
    await reserve(granted);
    expect([lines.length, spent()]).toEqual([2, []]);
    expect(lines[1]).toMatch(/^day: the budget of replies by the model has begun anew/);
  });

  it("of the month come back with the next one, and those of one talk or person have no line", async () => {
    const { reserve, lines, refused, spent } = spending();
    for (const scope of ["conversation", "person", "away", "month"] as const) await reserve(refusedBy(scope));
    expect(refused).toEqual({ conversation: 1, person: 1, away: 1, month: 1, day: 0 });
    expect([lines.length, spent()]).toEqual([1, ["month"]]);
    await reserve(granted, DAY_MS);
    expect(lines).toHaveLength(2);
  });
});

it("the page of replies shows what is known of them, and null for what is not", async () => {
  const body = (await (await ask(makeApp(), "GET", "/api/replies")).json()) as RepliesView;
  expect(body).toMatchObject({
    engines: { model: 1, rules: 2, safety: 3 },
    faults: [{ at: "1970-01-01T00:00:00.000Z", code: "REPLY_HELD" }],
    model: { name: "m", host: "llm.example", status: "loading", cause: null, spent: 0 },
    ...{ remembers: false, region: "XX", min_age: 18 },
  });
  expect(body.budgets).toContainEqual({
    ...{ scope: "conversation", limit: 0.02, taken: null, held: null, left: null, refused: 1 },
  });
});
