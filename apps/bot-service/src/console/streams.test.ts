import { createSimulatedClock } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { createFeed } from "./feed.ts";
import { createStreams } from "./streams.ts";

const GATHERED_MS = 200;

function makeStreams() {
  const clock = createSimulatedClock();
  const feed = createFeed({ clock, bootId: "boot" });
  let number = 0;
  const streams = createStreams({ runtime: { clock }, feed, snapshot: () => JSON.stringify({ number }) });
  const tick = async () => {
    number += 1;
    feed.tick();
    streams.tick();
    await clock.advance(1000);
  };
  return { clock, feed, streams, tick };
}

type Made = ReturnType<typeof makeStreams>;

/** A reader that reads on and on, or only when it is told. */
function listen({ streams }: Made, lastEventId?: string) {
  const body = streams.open(lastEventId);
  if (!body) throw new Error("too many");
  const reader = body.getReader();
  const parts: Uint8Array[] = [];
  let isOver = false;
  const read = async () => {
    const { value, done } = await reader.read();
    if (value) parts.push(value);
    isOver ||= done;
    return !done;
  };
  return {
    parts,
    read,
    /** Reads all that comes from now on. */
    async follow() {
      while (await read());
    },
    cancel: () => reader.cancel(),
    get isOver() {
      return isOver;
    },
    /** `event id` or `event data` of each. */
    frames: () =>
      parts
        .map((part) => new TextDecoder().decode(part))
        .join("")
        .split("\n\n")
        .flatMap((block) => {
          const [event] = /(?<=^event: ).*/m.exec(block) ?? [];
          const [id] = /(?<=^id: ).*/m.exec(block) ?? /(?<=^data: ).*/m.exec(block) ?? [];
          return event ? [`${event} ${id}`] : [];
        }),
  };
}

/** Lets all that was sent be read. */
const settle = ({ clock }: Made) => clock.advance(0);
const send = async (made: Made, count: number) => {
  for (let each = 0; each < count; each += 1) made.feed.event("a:b", { subject: `${each}` });
  await made.clock.advance(GATHERED_MS);
};

describe("a stream", () => {
  it("begins with the snapshot and the latest events, and goes on with what comes", async () => {
    const made = makeStreams();
    await send(made, 2);
    const reader = listen(made);
    void reader.follow();
    await settle(made);
    expect(reader.frames()).toEqual(['snapshot {"number":0}', "event boot-1", "event boot-2"]);
    await send(made, 1);
    await made.tick();
    expect(reader.frames().slice(3)).toEqual(["event boot-3", 'snapshot {"number":1}']);
    await reader.cancel();
    expect(made.streams.openCount).toBe(0);
  });

  it("sends soon to one reader, and a little later to many, so that they cost few writes", async () => {
    const made = makeStreams();
    const one = listen(made);
    void one.follow();
    await settle(made);
    made.feed.event("a:b", { subject: null });
    await made.clock.advance(52);
    expect(one.frames().at(-1)).toBe("event boot-1");
    for (let count = 0; count < 99; count += 1) void listen(made).follow();
    await settle(made);
    made.feed.event("a:b", { subject: null });
    await made.clock.advance(199);
    expect(one.frames().at(-1)).toBe("event boot-1");
    await made.clock.advance(1);
    expect(one.frames().at(-1)).toBe("event boot-2");
    made.streams.close();
  });

  it("gives a hundred readers the same bytes, encoded once", async () => {
    const made = makeStreams();
    const readers = Array.from({ length: 100 }, () => listen(made));
    for (const reader of readers) void reader.follow();
    await settle(made);
    await send(made, 5);
    await made.tick();
    const latest = new Set(readers.flatMap(({ parts }) => parts.slice(1)));
    expect(readers.every(({ parts }) => parts.length === 3)).toBe(true);
    expect(latest.size).toBe(2);
    made.streams.close();
  });

  it.each([
    ["the next one", "boot-2", ["event boot-3"]],
    ["nothing, of the latest", "boot-3", []],
    [
      "all that is there, of another start of the daemon",
      "other-2",
      ['gap {"missed":null}', "event boot-1", "event boot-2", "event boot-3"],
    ],
    [
      "all that is there, of a sequence that was never given",
      "boot-9",
      ['gap {"missed":null}', "event boot-1", "event boot-2", "event boot-3"],
    ],
    [
      "all that is there, of no id",
      "x".repeat(9999),
      ['gap {"missed":null}', "event boot-1", "event boot-2", "event boot-3"],
    ],
  ])("goes on with %s", async (_, lastEventId, expected) => {
    const made = makeStreams();
    await send(made, 3);
    const reader = listen(made, lastEventId);
    await reader.read();
    expect(reader.frames().slice(1)).toEqual(expected);
    await reader.cancel();
  });

  it("says to a tab that was hidden for long how much it has missed", async () => {
    const made = makeStreams();
    for (let round = 0; round < 120; round += 1) {
      await send(made, 10);
      await made.clock.advance(1000);
    }
    const reader = listen(made, "boot-100");
    await reader.read();
    expect(reader.frames().slice(1, 3)).toEqual(['gap {"missed":100}', "event boot-201"]);
    await reader.cancel();
  });

  it("ends with the login of who asked for it, and counts as none that was dropped", async () => {
    const made = makeStreams();
    const body = made.streams.open(undefined, { endsAtMs: made.clock.now() + 2000 });
    const reader = body?.getReader();
    const read = async () => {
      let count = 0;
      while (!(await reader?.read())?.done) count += 1;
      return count;
    };
    const count = read();
    await settle(made);
    for (let second = 0; second < 3; second += 1) await made.tick();
    expect(await count).toBe(3);
    expect([made.streams.openCount, made.streams.droppedCount]).toEqual([0, 0]);
  });

  it("keeps nothing for a slow reader, who hears what is still there, the latest snapshot, and what is missing", async () => {
    const made = makeStreams();
    const slow = listen(made);
    const quick = listen(made);
    void quick.follow();
    await slow.read();
    await settle(made);
    for (let round = 0; round < 50; round += 1) {
      for (let each = 0; each < 5; each += 1) made.feed.event("c:d", { subject: null });
      await send(made, 20);
      await made.tick();
    }
    expect(quick.frames().filter((frame) => frame.startsWith("event"))).toHaveLength(1250);
    await slow.read();
    const frames = slow.frames().slice(1);
    expect(frames.slice(0, 2)).toEqual(['gap {"missed":250}', "event boot-251"]);
    expect(frames.slice(-2)).toEqual(["event boot-1250", 'snapshot {"number":50}']);
    expect(frames.filter((frame) => frame.startsWith("snapshot"))).toHaveLength(1);
    made.streams.close();
  });

  it("ends when nobody has read it for a minute", async () => {
    const made = makeStreams();
    const gone = listen(made);
    const there = listen(made);
    void there.follow();
    await gone.read();
    for (let second = 0; second < 65; second += 1) await made.tick();
    expect([made.streams.openCount, made.streams.droppedCount]).toEqual([1, 1]);
    await gone.follow();
    expect([gone.isOver, there.isOver]).toEqual([true, false]);
    made.streams.close();
  });

  it("is not counted before somebody reads it: a HEAD does not", async () => {
    const made = makeStreams();
    made.streams.open(undefined);
    await made.tick();
    expect(made.streams.openCount).toBe(0);
    expect(made.clock.pendingTimers).toBe(0);
  });

  it("is one of 500 at most, of which who may only look leaves a hundred to those who act", async () => {
    const made = makeStreams();
    const open = async (count: number) => {
      const opened = Array.from({ length: count }, () => listen(made));
      for (const reader of opened) await reader.read();
      return opened;
    };
    const readers = await open(400);
    expect(made.streams.open(undefined, { isReader: true })).toBeNull();
    await open(100);
    expect(made.streams.open(undefined)).toBeNull();
    await readers[7]?.cancel();
    expect(made.streams.open(undefined)).not.toBeNull();
    made.streams.close();
  });

  it("ends with the drain, with what was not sent so far, and leaves no timer", async () => {
    const made = makeStreams();
    const reader = listen(made);
    const following = reader.follow();
    await settle(made);
    made.feed.event("a:b", { subject: null });
    made.streams.close();
    await following;
    expect(reader.frames().at(-1)).toBe("event boot-1");
    expect([made.clock.pendingTimers, made.streams.openCount]).toEqual([0, 0]);
  });

  it("has what there is to say, and ends, when it is asked for during the drain", async () => {
    const made = makeStreams();
    made.streams.close();
    made.feed.event("a:b", { subject: null });
    const reader = listen(made);
    await reader.follow();
    expect(reader.frames()).toEqual(['snapshot {"number":0}', "event boot-1"]);
    expect(made.clock.pendingTimers).toBe(0);
  });
});
