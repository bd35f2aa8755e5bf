import { TIMEFRAMES } from "@shoal/market";
import { z } from "zod";
import { isJson } from "../guest/json-text.ts";
import { isSymbol } from "../guest/needs.ts";
import { COLUMN_NAMES } from "../guest/run-series.ts";
import { LIMITS } from "../limits.ts";
import { readCalls, readRunResult } from "../parent/run-reply.ts";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);
const symbol = z.string().refine(isSymbol);
const jsonObject = z.custom(
  (value) => typeof value === "object" && !Array.isArray(value) && value !== null && isJson(value),
);
const calls = z.custom((value) => readCalls(value) !== undefined);
const outcome = z.custom((value) => readRunResult(value) !== undefined);

/** What a caller told the strategy of its orders and money is kept whole: it may be more than we know of. */
const portfolioSchema = z.looseObject({
  ...{ currency: z.string(), cash: z.string(), equity: z.string() },
  positions: z.array(z.looseObject({ symbol: z.string(), quantity: z.string(), averagePrice: z.string() })),
});
const orderSchema = z.looseObject({
  ...{ id: z.string(), symbol: z.string(), quantity: z.string(), filledQuantity: z.string() },
  side: z.enum(["buy", "sell"]),
  type: z.enum(["market", "limit", "stop"]),
  price: z.string().optional(),
});

const numbers = z.array(z.number());
const answerSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    number: count,
    kind: z.literal("candles"),
    columns: z.strictObject(Object.fromEntries(COLUMN_NAMES.map((name) => [name, numbers]))),
  }),
  z.strictObject({
    number: count,
    kind: z.literal("ticker"),
    ticker: z.strictObject({ bid: z.number(), ask: z.number(), last: z.number(), timeMs: z.number() }),
  }),
  z.strictObject({ number: count, kind: z.literal("failed"), code: z.string(), message: z.string() }),
]);

/** A journal as `journalToText` writes it. */
export const journalSchema = z.strictObject({
  version: z.literal(1),
  ...{ buildId: sha256, strategyId: z.string(), codeSha256: sha256, fileName: z.string(), seed: z.string() },
  ...{ fuel: count, nowMs: z.int(), canAsk: z.boolean() },
  ...{ config: jsonObject, state: jsonObject, portfolio: portfolioSchema, openOrders: z.array(orderSchema) },
  candles: z
    .array(z.strictObject({ symbol, timeframe: z.enum(TIMEFRAMES), count, lastOpenMs: z.number(), sha256 }))
    .max(LIMITS.needCount),
  turns: z
    .array(z.strictObject({ calls, answers: z.array(answerSchema).max(LIMITS.waitingCallCount) }))
    .max(LIMITS.waitingCallCount),
  outcome,
  digest: sha256,
});
