import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  MAX_ENTRY_CHARS,
  MAX_KEY_CHARS,
  type PresenceChange,
  type PresenceFrame,
  presenceFrame,
  readPresence,
} from "./presence-text.ts";

const TOPIC = 'realtime:"lobby"';
const GOOD = { phx_ref: "1", name: 'A "good" one: {[\\' };
const READ = { presence_ref: "1", name: GOOD.name };

const text = (event: string, payload: unknown, space?: string) =>
  JSON.stringify([null, "3", TOPIC, event, payload], null, space);

/** Reads a frame to its end. */
function read(frameText: string) {
  const frame = presenceFrame(frameText);
  if (!frame) throw new Error("not a frame of presence");
  const reading = readPresence(frame);
  const changes: PresenceChange[] = [];
  let step = reading.next();
  for (; !step.done; step = reading.next()) changes.push(step.value);
  return { isPresence: step.value, changes };
}

const entriesOf = (payload: unknown) => read(text("presence_state", payload)).changes.map(({ entry }) => entry);

/** An entry whose JSON has this many characters. */
const ofLength = (chars: number) => ({ phx_ref: "2", x: "x".repeat(chars - '{"phx_ref":"2","x":""}'.length) });
const nested = (depth: number) => ({ phx_ref: "2", x: JSON.parse("[".repeat(depth) + "]".repeat(depth)) });

describe("the head of a frame", () => {
  it.each([undefined, " "])("tells presence by topic and join, with the space %j", (space) => {
    const state = JSON.stringify(["7", null, TOPIC, "presence_state", {}], null, space);
    expect(presenceFrame(state)).toMatchObject({ topic: TOPIC, joinRef: "7", kind: "state" });
    expect(presenceFrame(text("presence_diff", {}, space))).toMatchObject({ joinRef: null, kind: "diff" });
  });

  it.each(["broadcast", "presence", "presence_states", "phx_reply"])("of %s is none of presence", (event) => {
    expect(presenceFrame(text(event, { a: { metas: [GOOD] } }))).toBeNull();
  });
});

describe("reading a frame of presence", () => {
  it("tells each entry under its key, of a diff those that come and those that leave", () => {
    const [ada, bob] = [{ metas: [GOOD, { ...GOOD, phx_ref_prev: "0" }] }, { metas: [GOOD] }];
    const change = (key: string, isLeave: boolean) => ({ key, isLeave, entry: READ });
    expect(read(text("presence_state", { ada, bob }))).toEqual({
      isPresence: true,
      changes: [change("ada", false), change("ada", false), change("bob", false)],
    });
    expect(read(text("presence_diff", { leaves: { ada }, more: [1], joins: { bob } })).changes).toEqual([
      change("ada", true),
      change("ada", true),
      change("bob", false),
    ]);
  });

  it.each([null, 1, "x", []])("passes over the payload %j", (payload) => {
    for (const event of ["presence_state", "presence_diff"]) {
      expect(read(text(event, payload))).toEqual({ isPresence: false, changes: [] });
    }
    const { changes } = read(text("presence_diff", { joins: payload, leaves: { ada: { metas: [GOOD] } } }));
    expect(changes.map(({ entry }) => entry)).toEqual([null, READ]);
  });

  it.each([
    ["wide", { phx_ref: "2", x: new Array(MAX_ENTRY_CHARS).fill(0) }],
    ["with thousands of keys", Object.fromEntries(Array.from({ length: MAX_ENTRY_CHARS }, (_, n) => [`k${n}`, 0]))],
    ["long", ofLength(MAX_ENTRY_CHARS + 1)],
    ["long in quotes and brackets", { phx_ref: "2", x: '"]}\\'.repeat(MAX_ENTRY_CHARS) }],
    ["33 levels deep", nested(32)],
    ["wide and deep", [...new Array(MAX_ENTRY_CHARS).fill(nested(40))]],
    ["no object", 1],
    ["null", null],
    ["without a reference", { name: "x" }],
    ["with a reference that is no text", { phx_ref: {} }],
  ])("loses an entry that is %s, and nothing else", (_, bad) => {
    const good = { metas: [GOOD] };
    expect(entriesOf({ before: good, it: { metas: [GOOD, bad, GOOD] }, after: good })).toEqual([
      READ,
      ...[READ, null, READ],
      READ,
    ]);
  });

  it.each([
    ["as long as it may be", ofLength(MAX_ENTRY_CHARS)],
    ["32 levels deep", nested(31)],
    ["beside brackets in strings", { phx_ref: "2", x: "[[[[{{{{".repeat(100) }],
  ])("keeps an entry that is %s", (_, { phx_ref: presence_ref, ...rest }) => {
    expect(entriesOf({ ada: { metas: [{ phx_ref: presence_ref, ...rest }] } })).toEqual([{ ...rest, presence_ref }]);
  });

  it.each([1, null, [], {}, { metas: 1 }, { metas: { a: GOOD } }, { other: [GOOD] }])(
    "tells one bad entry where a key has no list of them but %j",
    (value) => {
      expect(entriesOf({ eve: value, ada: { metas: [GOOD] } })).toEqual([null, READ]);
    },
  );

  it("loses all entries under a key that is too long, and no others", () => {
    const metas = [GOOD, GOOD];
    const [longest, longer] = ["k".repeat(MAX_KEY_CHARS), "k".repeat(MAX_KEY_CHARS + 1)];
    expect(entriesOf({ [longer]: { metas }, [longest]: { metas } })).toEqual([null, null, READ, READ]);
  });

  it("tells what JSON.parse would have told, whatever stands in keys and entries, and how it is spaced", () => {
    const metas = fc.array(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 3 }), { maxLength: 3 });
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), metas, { maxKeys: 3 }),
        fc.constantFrom("", " ", "\n"),
        (people, space) => {
          const keys = Object.entries(people).map(([key, list]) => [
            key,
            { x: list, metas: list.map((meta) => ({ ...meta, phx_ref: "r" })) },
          ]);
          const payload = Object.fromEntries(keys);
          const frame = text("presence_state", payload, space);
          fc.pre(frame.length < MAX_ENTRY_CHARS);
          const told = read(frame).changes.filter(({ entry }) => entry);
          expect(told).toEqual(
            Object.entries(JSON.parse(JSON.stringify(people)) as typeof people).flatMap(([key, list]) =>
              list.map(({ phx_ref: _, phx_ref_prev: __, ...meta }) => ({
                isLeave: false,
                key,
                entry: { ...meta, presence_ref: "r" },
              })),
            ),
          );
        },
      ),
    );
  });

  it("ends with an error, never without end, wherever a frame is cut off or has something else in it", () => {
    const whole = text("presence_diff", { joins: { ada: { metas: [GOOD] } }, leaves: { b: { metas: [] } } });
    const { payloadAt } = presenceFrame(whole) as PresenceFrame;
    for (let end = payloadAt + 1; end < whole.length - 2; end += 1) expect(() => read(whole.slice(0, end))).toThrow();
    fc.assert(
      fc.property(fc.nat(whole.length - payloadAt), fc.constantFrom("]", "}", "{", '"', ",", "x"), (at, char) => {
        const start = payloadAt + at;
        try {
          read(`${whole.slice(0, start)}${char}${whole.slice(start + 1)}`);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(SyntaxError);
        }
      }),
    );
  });
});
