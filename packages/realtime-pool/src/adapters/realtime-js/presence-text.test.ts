import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundPresence, MAX_ENTRY_CHARS } from "./presence-text.ts";

const TOPIC = 'realtime:"lobby"';
const bound = (text: string) => boundPresence(text, (topic) => topic === TOPIC);

const GOOD = { phx_ref: "1", name: 'A "good" one: {[\\' };
const frame = (event: string, payload: unknown) => JSON.stringify([null, "3", TOPIC, event, payload]);
const people = (entry: unknown) => ({
  before: { metas: [GOOD] },
  it: { metas: [GOOD, entry] },
  after: { metas: [GOOD] },
});
const frames = (entry: unknown) => [
  frame("presence_state", people(entry)),
  frame("presence_diff", { joins: people(entry), leaves: {} }),
  frame("presence_diff", { joins: {}, leaves: people(entry) }),
];
/** An entry whose JSON has this many characters. */
const ofLength = (chars: number) => ({ phx_ref: "2", x: "x".repeat(chars - '{"phx_ref":"2","x":""}'.length) });
const nested = (depth: number) => ({ x: JSON.parse("[".repeat(depth) + "]".repeat(depth)) });

describe("a frame of presence", () => {
  it.each([
    ["wide", { x: new Array(MAX_ENTRY_CHARS).fill(0) }],
    ["with thousands of keys", Object.fromEntries(Array.from({ length: MAX_ENTRY_CHARS }, (_, n) => [`k${n}`, 0]))],
    ["long", ofLength(MAX_ENTRY_CHARS + 1)],
    ["long in quotes and brackets", { x: '"]}\\'.repeat(MAX_ENTRY_CHARS) }],
    ["33 levels deep", nested(32)],
    ["wide and deep", [...new Array(MAX_ENTRY_CHARS).fill(nested(40))]],
  ])("loses an entry that is %s, and nothing else", (_, entry) => {
    expect(frames(entry).map(bound)).toEqual(frames(null));
  });

  it.each([
    ["as long as it may be", ofLength(MAX_ENTRY_CHARS)],
    ["32 levels deep", nested(31)],
    ["beside brackets in strings", { x: "[[[[{{{{".repeat(100) }],
  ])("keeps an entry that is %s", (_, entry) => {
    expect(frames(entry).map(bound)).toEqual(frames(entry));
  });

  it("is left with no more text than its entries may have, however much they had", () => {
    const entries = new Array(20).fill({ x: new Array(12_500).fill(0) });
    const state = frame("presence_state", Object.fromEntries(entries.map((entry, n) => [n, { metas: [entry] }])));
    expect(bound(state)?.length).toBeLessThan(1000);
  });

  it("never changes its meaning where all its entries are small", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 10 }), (value) => {
        const text = JSON.stringify(value);
        fc.pre(text.length < MAX_ENTRY_CHARS - 100);
        for (const each of frames({ x: value })) expect(bound(each)).toBe(each);
        expect(bound(text)).toBe(text);
        expect(() => bound(frame("presence_state", {}) + text)).not.toThrow();
      }),
    );
  });
});

it("is not read at all where its topic is not wanted", () => {
  expect(frames(GOOD).map((text) => boundPresence(text, () => false))).toEqual([null, null, null]);
});

it("leaves frames of other events alone", () => {
  const text = frame("broadcast", { a: { metas: [new Array(MAX_ENTRY_CHARS).fill(0)] } });
  expect(bound(text)).toBe(text);
});
