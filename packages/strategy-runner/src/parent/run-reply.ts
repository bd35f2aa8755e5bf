import { z } from "zod";
import { MOST_EXPORT_CHARACTERS } from "../guest/inspect.ts";
import { isJson, storable } from "../guest/json-text.ts";
import { isSymbol } from "../guest/needs.ts";
import { readHostCall } from "../guest/run-calls.ts";
import { isPositiveDecimal } from "../guest/run-orders.ts";
import { isStateKey } from "../guest/run-state.ts";
import { shownText } from "../guest/shown-text.ts";
import type { RunReply } from "../guest/wire.ts";
import { LIMITS } from "../limits.ts";
import type { JsonValue } from "../run.types.ts";

/** Of a call at which a replay stops. */
const MOST_ARGUMENT_CHARACTERS = 1000;
const MOST_ARGUMENTS = 50;

/** Room for what is written out of a text that is cleaned once more. */
const shown = (maxCharacters: number) => z.string().transform((text) => shownText(text, maxCharacters));
const decimal = z.string().refine(isPositiveDecimal);
const count = z.int().min(0);

const errorSchema = z.strictObject({
  code: z.string().regex(/^STRATEGY_[A-Z_]{1,40}$/),
  message: shown(LIMITS.errorCharacters),
  line: z.int().min(1).optional(),
  column: z.int().min(1).optional(),
  stack: z
    .string()
    .transform((stack) =>
      stack
        .split("\n", LIMITS.stackLines)
        .map((line) => shownText(line, 100))
        .join("\n"),
    )
    .optional(),
});

const intentSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("place"),
    number: z.int().min(1).max(LIMITS.orderCount),
    symbol: z.string().refine(isSymbol),
    side: z.enum(["buy", "sell"]),
    type: z.enum(["market", "limit", "stop"]),
    quantity: decimal,
    price: decimal.optional(),
  }),
  z.strictObject({ kind: z.literal("cancel"), orderId: z.string().max(200) }),
]);

export const jsonSchema = z.custom<JsonValue>(isJson);

const patchSchema = jsonSchema
  .transform((value) => storable(value))
  .refine((value) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
    const keys = Object.keys(value);
    // A run may delete as many keys as there can be, and set as many.
    return keys.length <= 2 * LIMITS.stateKeyCount && keys.every(isStateKey) && isWithin(value, 4 * LIMITS.stateBytes);
  });

/** Calls that went out together. */
export const callsSchema = z
  .array(
    z
      .unknown()
      .transform(readHostCall)
      .refine((call) => call !== undefined),
  )
  .max(LIMITS.waitingCallCount);

const turnSchema = z.strictObject({
  calls: callsSchema,
  settled: z.array(count).max(LIMITS.waitingCallCount),
});

/** Each of its fields is as deep as JSON may be. */
const stoppedSchema = z.strictObject({
  call: z.strictObject({
    number: count,
    name: shown(MOST_ARGUMENT_CHARACTERS),
    arguments: z.array(shown(MOST_ARGUMENT_CHARACTERS)).max(MOST_ARGUMENTS),
  }),
  nowMs: z.int(),
  ...{ config: jsonSchema, portfolio: jsonSchema, openOrders: jsonSchema, state: jsonSchema },
});

/** What came of a run. */
export const resultSchema = z.strictObject({
  result: z.enum(["ok", "failed"]),
  error: errorSchema.optional(),
  intents: z.array(intentSchema).max(LIMITS.orderCount),
  statePatch: patchSchema,
  logs: z
    .array(z.strictObject({ level: z.enum(["info", "warn", "error"]), text: shown(LIMITS.logCharacters) }))
    .max(LIMITS.logLines),
  notifications: z.array(shown(LIMITS.notificationCharacters)).max(LIMITS.notificationCount),
  fuel: count,
  imageHash: z.string().regex(/^([0-9a-f]{64})?$/),
});

const replySchema = resultSchema.extend({
  turns: z.array(turnSchema).max(LIMITS.waitingCallCount),
  stopped: stoppedSchema.optional(),
  exports: z.string().max(MOST_EXPORT_CHARACTERS).optional(),
});

/**
 * Reads what a child says came of a run; undefined for what cannot be. Counts, sizes and forms are checked once more and texts are cleaned once more,
 * because a child that was taken over may say anything.
 */
export function readRunReply(value: unknown): RunReply | undefined {
  const { data } = replySchema.safeParse(value);
  if (data === undefined) return undefined;
  const isFailed = data.result === "failed";
  // A failed run has a reason, and leaves nothing behind.
  if (isFailed !== (data.error !== undefined)) return undefined;
  if (isFailed && (data.intents.length > 0 || Object.keys(data.statePatch as object).length > 0)) return undefined;
  if (data.intents.some((intent, at) => intent.kind === "place" && intent.number !== at + 1)) return undefined;
  if (
    data.intents.some(
      (intent) => intent.kind === "place" && (intent.type === "market") !== (intent.price === undefined),
    )
  )
    return undefined;
  return data as unknown as RunReply;
}

function isWithin(value: JsonValue, limitBytes: number): boolean {
  return Buffer.byteLength(JSON.stringify(value)) <= limitBytes;
}
