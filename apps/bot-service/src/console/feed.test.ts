import { createEmitter } from "@shoal/kernel";
import { createSimulatedClock, soakRuns } from "@shoal/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFeed } from "./feed.ts";
import { createRing, type Frame } from "./ring.ts";

const makeFeed = () => {
  const clock = createSimulatedClock();
  return { clock, feed: createFeed({ clock, bootId: "boot" }) };
};
const dataOf = ({ text }: Frame) => JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? "null");
const logLine = (fields: object) =>
  `${JSON.stringify({ level: "warn", time: "2026-01-01T00:00:00.000Z", service: "shoal", ...fields })}\n`;

describe("a ring", () => {
  it("never holds more than its number and its bytes, and always the latest", () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { maxLength: 60 });
    fc.assert(
      fc.property(sizes, fc.integer({ min: 0, max: 70 }), (byteCounts, sequence) => {
        const ring = createRing({ maxCount: 10, maxBytes: 100 });
        const all = byteCounts.map((byteCount, index) => ({ sequence: index + 1, text: "", byteCount }));
        for (const frame of all) ring.add(frame);
        const held = ring.latest(100);
        const bytes = held.reduce((sum, frame) => sum + frame.byteCount, 0);
        expect(held).toEqual(all.slice(all.length - held.length));
        expect([bytes <= 100, held.length <= 10, ring.byteCount]).toEqual([true, true, bytes]);
        const next = all[all.length - held.length - 1];
        if (next) expect(held.length === 10 || bytes + next.byteCount > 100).toBe(true);
        expect(ring.after(sequence)).toEqual(held.filter((frame) => frame.sequence > sequence));
      }),
      { numRuns: soakRuns(200, 20_000) },
    );
  });
});

describe("the feed", () => {
  it("says of each sequence what came after it, and how much of that is gone", async () => {
    const kinds = fc.array(fc.constantFrom("event", "line"), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(kinds, fc.integer({ min: 1, max: 120 }), fc.nat(), async (pattern, rounds, from) => {
        const { feed, clock } = makeFeed();
        for (let round = 0; round < rounds; round += 1) {
          for (const kind of pattern) {
            if (kind === "event") feed.event(`a:${round % 7}`, { subject: "x".repeat(200) });
            else feed.line(logLine({ msg: "y".repeat(500) }));
          }
          await clock.advance(1000);
        }
        const sequence = from % (feed.sequence + 1);
        const { frames, missed } = feed.since(sequence);
        expect(frames.length + missed).toBe(feed.sequence - sequence);
        expect(frames.map((frame) => frame.sequence)).toEqual(
          frames.map((frame) => frame.sequence).toSorted((a, b) => a - b),
        );
        expect(frames.every((frame) => frame.sequence > sequence)).toBe(true);
        expect(feed.byteCount).toBeLessThanOrEqual(1.5 * 1024 * 1024);
      }),
      { numRuns: soakRuns(10, 500) },
    );
  });

  it("shows the latest 200 events and 200 lines to who comes, in their order", async () => {
    const { feed, clock } = makeFeed();
    for (let count = 0; count < 50; count += 1) {
      for (let each = 0; each < 10; each += 1) {
        feed.event("a:b", { subject: null });
        feed.line(logLine({ msg: "x" }));
      }
      await clock.advance(1000);
    }
    const recent = feed.recent();
    expect(recent.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 400 }, (_, index) => 601 + index));
  });

  it("lets so many of one type pass in a second, and says how many more there were", async () => {
    const { feed, clock } = makeFeed();
    for (let count = 0; count < 25; count += 1) feed.event("a:b", { subject: `${count}` });
    feed.event("c:d", { subject: null });
    for (let count = 0; count < 60; count += 1) feed.line(logLine({ msg: `${count}` }));
    await clock.advance(1000);
    feed.tick();
    feed.tick();
    feed.event("a:b", { subject: "next" });
    const shown = feed.since(0).frames.map(dataOf);
    const of = (type: string) => shown.filter((event) => event.type === type);
    expect(
      of("a:b")
        .map(({ subject, summary }) => summary.more ?? subject)
        .slice(19),
    ).toEqual(["19", 5, "next"]);
    expect(of("c:d")).toHaveLength(1);
    expect(shown.filter(({ msg }) => msg !== undefined).at(-1)).toMatchObject({ level: "warn", fields: { more: 10 } });
  });

  it("takes secrets out of what others said, and cuts what is long", () => {
    const { feed } = makeFeed();
    feed.event("a:b", {
      subject: "room:1",
      summary: { reason: `token=hunter22 ${"x".repeat(5000)}`, ratio: 1.5, wait_ms: 60.05, none: null },
    });
    const [{ summary }] = feed.since(0).frames.map(dataOf);
    expect(summary).toMatchObject({ ratio: 1.5, wait_ms: 60, none: null });
    expect(summary.reason).toContain("token=[redacted]");
    expect(summary.reason.length).toBeLessThan(300);
  });

  it("is one frame for one event, whatever stands in it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const { feed } = makeFeed();
        feed.event("a:b", { subject: text, summary: { text } });
        const [frame] = feed.since(0).frames;
        expect(frame?.text.split(/\r\n|\r|\n/)).toHaveLength(5);
        expect(frame?.byteCount).toBe(Buffer.byteLength(frame?.text ?? ""));
      }),
      { numRuns: soakRuns(30, 5000) },
    );
  });

  it("shows of a part what its table says, until it is called off", () => {
    const { feed } = makeFeed();
    const events = createEmitter<{ "a:b": { readonly id: string }; "c:d": { readonly id: string } }>();
    const off = feed.show(events, { "a:b": ({ id }) => (id === "hidden" ? null : { subject: id, level: "warn" }) });
    events.emit("a:b", { id: "1" });
    events.emit("a:b", { id: "hidden" });
    events.emit("c:d", { id: "2" });
    off();
    events.emit("a:b", { id: "3" });
    expect(feed.since(0).frames.map(dataOf)).toEqual([
      { id: "boot-1", at: "2026-01-01T00:00:00.000Z", type: "a:b", level: "warn", subject: "1", summary: {} },
    ]);
    expect(events.listenerCount).toBe(0);
  });
});
