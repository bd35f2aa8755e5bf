import { DAY_MS, isTimeZone, SECOND_MS } from "@shoal/kernel";
import type { JsonValue } from "@shoal/strategy-runner";
import { z } from "zod";
import { decimal } from "../decimal.ts";
import { storableText } from "../storable-text.ts";
import { language, strategyStatus } from "../strategies/desk/bodies.ts";
import type { DeployRequest, LogPlace, Timing } from "../strategies/desk/strategy-desk.types.ts";
import { uuid } from "../uuid.ts";
import { omitUndefined } from "./omit-undefined.ts";
import { limit } from "./page-limit.ts";
import { queryNumber } from "./query-number.ts";

const name = storableText(z.string().min(1).max(128));
/** As ccxt names exchanges; `paper` and `synthetic` are none. */
const placeName = z.string().regex(/^[a-z0-9]{1,32}$/, "must be 1 to 32 characters of a-z 0-9");
const count = z.int().min(1);

/** Settings of an owner. A key of this name would change the object that it is read into. */
const settings = z.preprocess(
  (given, context) => {
    if (hasProto(given)) context.addIssue({ code: "custom", message: "a name must not be __proto__" });
    return given;
  },
  z.record(
    z.string(),
    z.custom<JsonValue>((value) => value !== undefined),
  ),
);

function hasProto(given: unknown): boolean {
  if (typeof given !== "object" || given === null) return false;
  return Object.hasOwn(given, "__proto__") || Object.values(given).some(hasProto);
}

const durationMs = z
  .int()
  .min(0)
  .max(31 * DAY_MS);
const timeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time of day such as 09:30");

const account = z.strictObject({
  currency: storableText(z.string().min(1).max(32)).optional(),
  cash: decimal.optional(),
  makerFeeRatio: decimal.optional(),
  takerFeeRatio: decimal.optional(),
  slippageRatio: decimal.optional(),
  volumeRatio: decimal.optional(),
  isShortAllowed: z.boolean().optional(),
});

const filter = z.strictObject({
  cooldownMs: durationMs.optional().describe("Least time between an order and the next run"),
  lowFrequencyMs: durationMs.optional().describe("While nothing is held, runs are so far apart"),
  onlyNewCandles: z.boolean().optional().describe("Skips ticks at which no candle has closed since the last run"),
  marketHours: z
    .strictObject({
      zone: z.string().refine(isTimeZone, "must be an IANA time zone such as Europe/Berlin"),
      days: z.array(z.int().min(1).max(7)).min(1).max(7).describe("1 is Monday"),
      from: timeOfDay,
      to: timeOfDay.describe("Not included; before `from`: on the next day"),
    })
    .optional(),
  maxSkipMs: durationMs.optional().describe("Runs anyway after so long without a run"),
});

/** The body of `POST /strategies/deploy`. */
export const deployBody = z
  .strictObject({
    code: z.string().describe("The source, at most 256 kB"),
    language: language.optional(),
    strategy_id: uuid.optional().describe("A new version of this one. Default: of the owner's strategy of that name"),
    name: name.optional().describe("Default: one made of the source"),
    owner_id: uuid.optional().describe("With the API token: whom it is for. Default: the operator"),
    config: settings.optional(),
    executionInterval: z.number().min(0).optional().describe("In seconds, from 1 to 31 days"),
    execution_interval: z.number().min(0).optional().describe("The same as executionInterval"),
    cron: z.string().min(1).max(256).optional().describe("In place of executionInterval"),
    zone: z.string().min(1).max(64).optional().describe("Of cron. Default: UTC"),
    venue: placeName.optional().describe("`paper`, or the id of an exchange. Default: paper"),
    market: placeName.optional().describe("Where candles come from: `synthetic`, or the id of an exchange"),
    secret: name.optional().describe("Name of the secret with the keys of the exchange"),
    account: account.optional(),
    filter: filter.optional(),
    start: z.boolean().optional().describe("False: it stays stopped"),
  })
  .refine((body) => body.executionInterval === undefined || body.execution_interval === undefined, {
    path: ["execution_interval"],
    message: "is the same as executionInterval; give one of them",
  })
  .refine((body) => (body.executionInterval ?? body.execution_interval) === undefined || body.cron === undefined, {
    path: ["cron"],
    message: "give it or executionInterval, not both",
  })
  .refine(({ cron, zone }) => zone === undefined || cron !== undefined, { path: ["zone"], message: "is of cron" });

export function deployRequestOf(body: z.infer<typeof deployBody>, idempotencyKey: string | undefined): DeployRequest {
  const { code, strategy_id: strategyId, owner_id: ownerId, secret: secretName, account: given, ...same } = body;
  const { execution_interval, executionInterval = execution_interval, cron, zone, filter: filtered, ...rest } = same;
  return omitUndefined({
    ...rest,
    ...{ source: code, strategyId, ownerId, secretName, idempotencyKey },
    timing: timingOf(executionInterval, cron, zone),
    account: given && omitUndefined(given),
    filter: filtered && omitUndefined(filtered),
  });
}

function timingOf(seconds: number | undefined, cron: string | undefined, zone = "UTC"): Timing | undefined {
  if (cron !== undefined) return { kind: "cron", cron, zone };
  return seconds === undefined ? undefined : { kind: "interval", intervalMs: Math.round(seconds * SECOND_MS) };
}

export const listQuery = z.strictObject({
  limit,
  before: uuid.optional(),
  name: name.optional(),
  search: storableText(z.string().min(1).max(128)).optional(),
  owner_id: uuid.optional(),
  status: strategyStatus.optional(),
});
export const checkBody = z.strictObject({ code: z.string(), language: language.optional() });
export const closeBody = z.strictObject({
  symbol: storableText(z.string().min(1).max(128)).optional().describe("Default: all symbols"),
});
/** By version or epoch. */
export const countPage = z.strictObject({ limit, before: queryNumber(count).optional() });
export const textPage = z.strictObject({ limit, before: storableText(z.string().min(1).max(256)).optional() });
export const ordersQuery = textPage.extend({
  live: z
    .enum(["true", "false"])
    .transform((text) => text === "true")
    .optional()
    .describe("`true`: only those that may still be filled"),
});
const place = z
  .string()
  .regex(/^\d{1,15}:\d{1,9}$/, "must be the epoch of a run and the number of a line, such as 12:3")
  .transform((text): LogPlace => {
    const [epoch = 0, number = 0] = text.split(":").map(Number);
    return { epoch, number };
  });
export const logsQuery = z
  .strictObject({
    limit,
    after: place.optional(),
    before: place.optional(),
    level: z.enum(["warn", "error"]).optional().describe("Only lines of this level, and of those that are more"),
  })
  .refine(({ after, before }) => after === undefined || before === undefined, {
    path: ["before"],
    message: "give it or after, not both",
  });
export const configBody = z.strictObject({ config: settings });
export const codeQuery = z.strictObject({ version: queryNumber(count.max(2 ** 31 - 1)).optional() });
export const rollbackBody = z.strictObject({
  version: z
    .int()
    .min(1)
    .max(2 ** 31 - 1)
    .optional()
    .describe("Default: the one before"),
});

export const secretName = z.string().min(1).max(128);
export const secretsQuery = z.strictObject({ owner_id: uuid.optional() });
export const secretQuery = z.strictObject({ name: secretName, owner_id: uuid.optional() });
/** What it holds is checked by whoever seals it. */
export const secretBody = z.strictObject({
  name: secretName,
  owner_id: uuid.optional(),
  api_key: z.string(),
  secret: z.string(),
  password: z.string().optional(),
});

/** Refuses a key that could not be kept. */
export const isIdempotencyKey = (key: string): boolean => /^[\x20-\x7e]{1,256}$/.test(key);
