import { integer, pick, seededRng } from "@shoal/kernel";
import { expect, test } from "vitest";
import { z } from "zod";
import { makeGuest, runBody } from "../../test/make-run.ts";
import { MOST_EXPORT_CHARACTERS } from "../guest/inspect.ts";
import { isJson, storable } from "../guest/json-text.ts";
import { isSymbol } from "../guest/needs.ts";
import { readHostCall } from "../guest/run-calls.ts";
import { isPositiveDecimal } from "../guest/run-orders.ts";
import { isStateKey } from "../guest/run-state.ts";
import { shownText } from "../guest/shown-text.ts";
import { LIMITS } from "../limits.ts";
import type { JsonValue } from "../run.types.ts";
import { readRunReply } from "./run-reply.ts";

// The same rules as a schema: slower for each run, and shorter to read.
const shown = (maxCharacters: number) => z.string().transform((text) => shownText(text, maxCharacters));
const decimal = z.string().refine(isPositiveDecimal);
const count = z.int().min(0);
const json = z.custom<JsonValue>(isJson);
const stackLine = (line: string) => shownText(line, 100);
const error = z.strictObject({
  code: z.string().regex(/^STRATEGY_[A-Z_]{1,40}$/),
  message: shown(LIMITS.errorCharacters),
  ...{ line: z.int().min(1).optional(), column: z.int().min(1).optional() },
  stack: z
    .string()
    .transform((stack) => stack.split("\n", LIMITS.stackLines).map(stackLine).join("\n"))
    .optional(),
});
const intent = z.discriminatedUnion("kind", [
  z.strictObject({
    ...{ kind: z.literal("place"), number: z.int().min(1).max(LIMITS.orderCount), symbol: z.string().refine(isSymbol) },
    ...{ side: z.enum(["buy", "sell"]), type: z.enum(["market", "limit", "stop"]) },
    ...{ quantity: decimal, price: decimal.optional() },
  }),
  z.strictObject({ kind: z.literal("cancel"), orderId: z.string().max(200) }),
]);
const isPatch = (value: JsonValue) => {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value);
  const isSmall = Buffer.byteLength(JSON.stringify(value)) <= 4 * LIMITS.stateBytes;
  return keys.length <= 2 * LIMITS.stateKeyCount && keys.every(isStateKey) && isSmall;
};
const calls = z
  .array(
    z
      .unknown()
      .transform(readHostCall)
      .refine((call) => call !== undefined),
  )
  .max(LIMITS.waitingCallCount);
const schema = z.strictObject({
  ...{ result: z.enum(["ok", "failed"]), error: error.optional(), intents: z.array(intent).max(LIMITS.orderCount) },
  statePatch: json.transform(storable).refine(isPatch),
  logs: z
    .array(z.strictObject({ level: z.enum(["info", "warn", "error"]), text: shown(LIMITS.logCharacters) }))
    .max(LIMITS.logLines),
  notifications: z.array(shown(LIMITS.notificationCharacters)).max(LIMITS.notificationCount),
  ...{ fuel: count, imageHash: z.string().regex(/^([0-9a-f]{64})?$/) },
  turns: z
    .array(z.strictObject({ calls, settled: z.array(count).max(LIMITS.waitingCallCount) }))
    .max(LIMITS.waitingCallCount),
  stopped: z
    .strictObject({
      call: z.strictObject({ number: count, name: shown(1000), arguments: z.array(shown(1000)).max(50) }),
      ...{ nowMs: z.int(), config: json, portfolio: json, openOrders: json, state: json },
    })
    .optional(),
  calls: z
    .array(
      z.strictObject({
        ...{ number: z.int().min(1), name: shown(1000), arguments: z.array(shown(1000)).max(50), fuel: count },
        ...{ outcome: z.enum(["answered", "refused", "waits", "ended"]), answer: shown(1000) },
      }),
    )
    .max(500)
    .optional(),
  exports: z.string().max(MOST_EXPORT_CHARACTERS).optional(),
});

/** What the schema makes of a reply, and the rules between its fields. */
function readBySchema(value: unknown): unknown {
  const { data } = schema.safeParse(value);
  if (data === undefined) return undefined;
  const isFailed = data.result === "failed";
  if (isFailed !== (data.error !== undefined)) return undefined;
  if (isFailed && data.intents.length + Object.keys(data.statePatch as object).length > 0) return undefined;
  const isOrdered = data.intents.every(
    (each, at) =>
      each.kind !== "place" || (each.number === at + 1 && (each.type === "market") === (each.price === undefined)),
  );
  return isOrdered ? data : undefined;
}

const BODY = `ctx.log.info("a"); ctx.log.warn("b"); ctx.notify("n"); ctx.state.set("k", { v: [1, null] }); ctx.state.set("l", "x");
ctx.orders.place({ symbol: "A/B", side: "buy", type: "limit", quantity: 1, price: 2 });
ctx.orders.place({ symbol: "A/B", side: "sell", type: "market", quantity: "0.5" });`;

const NONE = { intents: [], statePatch: {}, logs: [], notifications: [], fuel: 7, imageHash: "" };
const CALLS = [
  { number: 1, method: "fetchTicker", symbol: "A/B" },
  { number: 2, method: "fetchCandles", need: { symbol: "A/B", timeframe: "1h", count: 5 } },
];
const ERROR = { code: "STRATEGY_THREW", message: "m", line: 3, column: 4, stack: "run 3:4\n(module) 1:1" };
const CALL = { number: 3, name: "state.get", arguments: ['"k"', "1"] };
const STOPPED = { call: CALL, nowMs: 5, config: { a: 1 }, portfolio: {}, openOrders: [], state: { k: 1 } };

/** Replies of all kinds, as children give them. */
const REPLIES: readonly object[] = [
  runBody(makeGuest(), BODY),
  { ...NONE, result: "failed", error: ERROR, turns: [] },
  { ...NONE, result: "ok", turns: [{ calls: CALLS, settled: [2, 1] }], intents: [{ kind: "cancel", orderId: "o-1" }] },
  { ...NONE, result: "ok", turns: [], stopped: STOPPED },
  { ...NONE, result: "ok", turns: [], calls: [{ ...CALL, fuel: 5, outcome: "answered", answer: "1" }] },
  { ...NONE, result: "ok", turns: [], exports: '{"hasRun":true}' },
];

/** What may stand where something else should. */
const WRONG: readonly unknown[] = [
  ...[null, true, 0, -1, 1, 2, 50, 51, 0.5, 1e300, 2 ** 53, -0, "", "0", "1", "x", "ok", "failed", "place", "cancel"],
  ...["buy", "market", "limit", "A/B", "../x", "STRATEGY_A", "STRATEGY_", "1.50", "-1", "NaN", "01", "a".repeat(64)],
  ...["a\u0000b", "\u001b[2J", "\ud800", "x".repeat(1200), "y\n".repeat(20), "z".repeat(20_000)],
  ...[[], {}, [1], [null], ["n"], [[]], { a: 1 }, { kind: "place" }, { kind: "cancel", orderId: "o".repeat(201) }],
  ...[Array(11).fill("n"), Array(201).fill({ level: "info", text: "t" }), CALLS, { "\ud800": 1 }],
  ...[JSON.parse('{"__proto__":{"a":1}}'), JSON.parse("[".repeat(70) + "]".repeat(70))],
];

/** What is too much in a field of the reply itself. */
const TOO_MUCH: readonly unknown[] = [
  ...["w".repeat(70_000), { a: "x".repeat(300_000) }, Array(1001).fill({ calls: [], settled: [] })],
  Object.fromEntries(Array.from({ length: 600 }, (_, at) => [`k${at}`, at])),
];

type Place = readonly string[];

/** Every place in a value where something stands, but the whole of it. */
function placesIn(value: unknown): Place[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, child]) => [
    [name],
    ...placesIn(child).map((place) => [name, ...place]),
  ]);
}

/** A copy with something else at a place; undefined: with nothing there. */
function changed(value: unknown, [name, ...rest]: Place, other: unknown): unknown {
  if (name === undefined) return other;
  const copy = Array.isArray(value) ? [...value] : { ...(value as object) };
  Object.defineProperty(copy, name, {
    ...{ value: changed((copy as Record<string, unknown>)[name], rest, other) },
    ...{ enumerable: true, configurable: true, writable: true },
  });
  return copy;
}

/** Replies with one thing changed: each by each. */
function* changedOnce(): Generator<unknown> {
  for (const reply of REPLIES) {
    yield reply;
    for (const place of placesIn(reply)) {
      const others = place.length === 1 ? [...WRONG, ...TOO_MUCH] : WRONG;
      for (const other of [undefined, ...others]) yield changed(reply, place, other);
    }
    for (const name of ["extra", "error", "stopped", "exports", "__proto__", "toString"]) {
      for (const parent of [[], ...placesIn(reply)]) yield changed(reply, [...parent, name], { a: 1 });
    }
  }
}

/** The same with two or three changes, at random. */
function* changedMore(): Generator<unknown> {
  const rng = seededRng(7);
  for (let round = 0; round < 600; round += 1) {
    let reply: unknown = REPLIES[round % REPLIES.length];
    for (let left = integer(rng, 2, 3); left > 0; left -= 1) {
      reply = changed(reply, pick(rng, placesIn(reply)), pick(rng, WRONG));
    }
    yield reply;
  }
}

test("is read as the schema says, and refused where that refuses, whatever is changed in it", () => {
  const seen = { read: 0, refused: 0 };
  for (const reply of [...changedOnce(), ...changedMore()]) {
    // As it comes from a child.
    const given = JSON.parse(JSON.stringify(reply));
    const expected = readBySchema(given);
    const read = readRunReply(given);
    // As texts: the order of fields counts, because a journal has the digest of its text.
    if (JSON.stringify(read) !== JSON.stringify(expected)) expect({ given, read }).toEqual({ given, read: expected });
    seen[expected === undefined ? "refused" : "read"] += 1;
  }
  expect(seen.read).toBeGreaterThan(300);
  expect(seen.refused).toBeGreaterThan(2000);
});
