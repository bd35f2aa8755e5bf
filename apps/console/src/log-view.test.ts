import { describe, expect, it } from "vitest";
import { filtered, lineOf } from "./log-view.ts";
import type { Entry } from "./stream-state.ts";

const at = "2026-11-30T21:05:09.000Z";
const entries: readonly Entry[] = [
  {
    kind: "event",
    id: "1",
    at,
    type: "match:made",
    level: "info",
    subject: "m-1",
    summary: { with: "bot", code: null },
  },
  { kind: "line", id: "2", at, level: "warn", msg: "joins are held", fields: { topic: "Lobby", nested: { a: 1 } } },
  { kind: "gap", id: "3", at, missed: 5 },
];
const ids = (filter: Partial<Parameters<typeof filtered>[1]>) =>
  filtered(entries, { kind: "", level: "debug", search: "", ...filter }).map(({ id }) => id);

describe("events and lines", () => {
  it("are filtered by kind, level and text; a gap is always shown", () => {
    expect(ids({})).toEqual(["1", "2", "3"]);
    expect(ids({ kind: "event" })).toEqual(["1", "3"]);
    expect(ids({ level: "warn" })).toEqual(["2", "3"]);
    expect(ids({ level: "error" })).toEqual(["3"]);
    expect(ids({ search: " LOBBY " })).toEqual(["2", "3"]);
    expect(ids({ search: "match:made" })).toEqual(["1", "3"]);
  });

  it("are copied as lines with all they hold", () => {
    expect(entries.map(lineOf)).toEqual([
      `${at} info match:made m-1  with=bot`,
      `${at} warn line joins are held  topic=Lobby nested={"a":1}`,
      `${at} warn gap 5 events and lines missing here: they came faster than they could be sent, or while nobody looked.`,
    ]);
  });
});
