import { describe, expect, it } from "vitest";
import { afterMessages, emptyStream, MOST_ENTRIES } from "./stream-state.ts";

const line = (number: number) => ({
  event: "line",
  id: `b-${number}`,
  data: JSON.stringify({
    id: `b-${number}`,
    at: "2026-11-30T00:00:00.000Z",
    level: "info",
    msg: `line ${number}`,
    fields: {},
  }),
});
const snapshot = (people: number) => ({ event: "snapshot", id: undefined, data: JSON.stringify({ people }) });

describe("what came by the stream", () => {
  it("is the latest snapshot with the time it came at, and the entries in order", () => {
    const first = afterMessages(emptyStream, [snapshot(1), line(1)], 1000);
    const second = afterMessages(first, [line(2), snapshot(2)], 2000);
    expect(second).toMatchObject({ snapshot: { people: 2 }, snapshotAt: 2000, lastId: "b-2" });
    expect(second.entries.map(({ id }) => id)).toEqual(["b-1", "b-2"]);
    expect(afterMessages(second, [line(3)], 3000)).toMatchObject({ snapshot: { people: 2 }, snapshotAt: 2000 });
  });

  it("holds an entry once, also when a stream that is opened anew begins with what is known", () => {
    const known = afterMessages(emptyStream, [line(1), line(2)], 0);
    expect(afterMessages(known, [line(1), line(2), line(3)], 1).entries.map(({ id }) => id)).toEqual([
      "b-1",
      "b-2",
      "b-3",
    ]);
  });

  it("says where something is missing, and how much", () => {
    const gap = { event: "gap", id: undefined, data: '{"missed":42}' };
    const { entries, lastId } = afterMessages(emptyStream, [line(1), gap, line(44)], 1000);
    expect(entries.map(({ kind }) => kind)).toEqual(["line", "gap", "line"]);
    expect(entries[1]).toMatchObject({ missed: 42, at: "1970-01-01T00:00:01.000Z" });
    expect(lastId).toBe("b-44");
  });

  it("holds no more than a bounded number of entries", () => {
    const many = Array.from({ length: MOST_ENTRIES + 10 }, (_, index) => line(index));
    const { entries } = afterMessages(emptyStream, many, 0);
    expect([entries.length, entries[0]?.id]).toEqual([MOST_ENTRIES, "b-10"]);
  });

  it("passes over what it cannot read, of a daemon of another version", () => {
    const odd = [
      { event: "line", id: undefined, data: "{" },
      { event: "line", id: undefined, data: "7" },
      { event: "news", id: "b-9", data: "{}" },
    ];
    expect(afterMessages(emptyStream, odd, 0)).toEqual({ ...emptyStream, lastId: "b-9" });
  });
});
