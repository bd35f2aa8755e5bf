import type { CommandSummary, Deployment } from "@shoal/bot-service/bodies";
import { describe, expect, it } from "vitest";
import { BOT_COMMANDS, questionOf } from "./commands.ts";
import { type Followed, isFinal, type Progress, progressOf, summaryOf } from "./follow-state.ts";

const AT = "2026-01-01T00:00:10.000Z";
const BEFORE = "2026-01-01T00:00:09.000Z";
const AFTER = "2026-01-01T00:00:11.000Z";

const followed = (command: string, progress: Progress = { kind: "waiting" }): Followed => {
  return { commandId: "c", botId: "sam", command, progress };
};
const row = (rest: Partial<CommandSummary> = {}): CommandSummary => ({
  ...{ id: "c", bot_id: "sam", command: "START_BOT", issued_by: null, created_at: BEFORE },
  ...{ applied_at: AT, outcome: "applied", error: null, ...rest },
});
const bot = (
  desired: Deployment["desired"],
  status: Deployment["status"],
  rest: Partial<Deployment> = {},
): Deployment => ({
  ...{ bot_id: "sam", owner_id: null, kind: "conversation", name: "Sam", config: {}, desired, generation: 1, status },
  ...{ replica: "r1", last_error: null, created_at: BEFORE, updated_at: AT, status_at: BEFORE, ...rest },
});

describe("how far a command has come", () => {
  it.each<[string, string, CommandSummary | undefined, Deployment | null | undefined, Progress]>([
    [
      "waits while nobody has applied it",
      "START_BOT",
      row({ outcome: null, applied_at: null }),
      undefined,
      { kind: "waiting" },
    ],
    ["waits while it was not read", "START_BOT", undefined, undefined, { kind: "waiting" }],
    [
      "is rejected with a code and words",
      "START_BOT",
      row({ outcome: "rejected", error: "CONTROL_SETTINGS_INVALID: config: persona: no" }),
      undefined,
      { kind: "rejected", code: "CONTROL_SETTINGS_INVALID", message: "config: persona: no" },
    ],
    [
      "is applied before the bot was read",
      "START_BOT",
      row(),
      undefined,
      { kind: "applied", status: "starting", lastError: null },
    ],
    [
      "is applied while the bot starts",
      "START_BOT",
      row(),
      bot("running", "starting", { last_error: "CONTROL_NO_ROOM" }),
      { kind: "applied", status: "starting", lastError: "CONTROL_NO_ROOM" },
    ],
    ["is done when the bot runs", "START_BOT", row(), bot("running", "running"), { kind: "done", status: "running" }],
    [
      "is applied while a conversation ends by itself",
      "STOP_BOT",
      row(),
      bot("stopped", "stopping"),
      { kind: "applied", status: "stopping", lastError: null },
    ],
    [
      "is done when the bot has stopped",
      "STOP_BOT",
      row(),
      bot("stopped", "stopped"),
      { kind: "done", status: "stopped" },
    ],
    ["is done when the bot is removed", "STOP_BOT", row(), null, { kind: "done", status: "removed" }],
    ["is done when the bot is paused", "PAUSE_BOT", row(), bot("paused", "paused"), { kind: "done", status: "paused" }],
    [
      "keeps a stopped bot stopped with other settings",
      "UPDATE_CONFIG",
      row(),
      bot("stopped", "stopped"),
      { kind: "done", status: "stopped" },
    ],
    ["is overtaken by a stop", "START_BOT", row(), bot("stopped", "running"), { kind: "overtaken" }],
    ["is overtaken by a removal", "PAUSE_BOT", row(), null, { kind: "overtaken" }],
    [
      "has ended in a crash since",
      "START_BOT",
      row(),
      bot("running", "crashed", { status_at: AFTER, last_error: "KIND_BROKEN" }),
      { kind: "crashed", status: "crashed", lastError: "KIND_BROKEN" },
    ],
    [
      "is under way while the crash before it is still shown",
      "START_BOT",
      row(),
      bot("running", "crashed"),
      { kind: "applied", status: "crashed", lastError: null },
    ],
  ])("%s", (_what, command, given, deployment, expected) => {
    const progress = progressOf(followed(command), given, deployment);
    expect(progress).toEqual(expected);
    expect(isFinal({ progress })).toBe(!["waiting", "applied"].includes(expected.kind));
  });

  it("keeps what was known where the bot could not be read", () => {
    const applied: Progress = { kind: "applied", status: "stopping", lastError: null };
    expect(progressOf(followed("STOP_BOT", applied), row(), undefined)).toEqual(applied);
  });

  it("is summed up over several bots, and says when something went wrong", () => {
    const items = (["done", "done", "overtaken"] as const).map((kind) =>
      followed("START_BOT", kind === "done" ? { kind, status: "running" } : { kind }),
    );
    expect(summaryOf(items)).toEqual({ text: "2 done, 1 overtaken", isBad: false });
    const rejected = followed("START_BOT", { kind: "rejected", code: "C", message: "m" });
    expect(summaryOf([...items, followed("START_BOT"), rejected])).toEqual({
      ...{ text: "2 done, 1 waiting, 1 overtaken, 1 rejected", isBad: true },
    });
  });
});

it("asks before what cannot be undone, and before anything to several bots", () => {
  const asked = (count: number) => BOT_COMMANDS.filter((each) => questionOf(each, count)).map(({ id }) => id);
  expect(asked(1)).toEqual(["stop", "remove"]);
  expect(asked(2)).toEqual(BOT_COMMANDS.map(({ id }) => id));
  const [stop] = BOT_COMMANDS.filter(({ id }) => id === "stop");
  expect(stop && questionOf(stop, 12)).toMatchObject({ action: "Stop now: 12 bots", isDangerous: true });
});
