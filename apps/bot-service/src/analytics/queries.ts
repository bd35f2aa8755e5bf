import { isTimeZone, MINUTE_MS, SECOND_MS, writtenTimeZone } from "@shoal/kernel";
import { z } from "zod";
import { queryNumber } from "../http/query-number.ts";
import { storableText } from "../storable-text.ts";

/** What is asked of a query, complete: the same request has the same parameters, however much of it was left to the defaults. */
export interface AnalyticsParameters {
  readonly range: string;
  /** IANA name; days, months and hours begin there. */
  readonly zone: string;
  readonly limit: number;
  /** Null: the one with the most trades in the range. */
  readonly currency: string | null;
  /** `own`: of the app's own table. */
  readonly venue: "all" | "paper" | "exchange" | "own";
}

/** What makes an answer out of date: a finished trade, a user that came or went. */
export type AnalyticsTag = "trades" | "users";

export type AnalyticsQueryName =
  | "dashboard"
  | "revenue"
  | "user_growth"
  | "top_users_by_profit"
  | "top_users_by_volume"
  | "asset_performance";

export interface AnalyticsQuery {
  readonly name: AnalyticsQueryName;
  readonly path: `/api/analytics/${string}`;
  readonly summary: string;
  /** The query string of the route: refuses what it does not know, and fills in the defaults. */
  readonly parameters: z.ZodType<AnalyticsParameters>;
  /** One row of the answer; what a replaced query must return. */
  readonly row: z.ZodObject;
  /** Whether the answer is one row; otherwise it is a list of them. */
  readonly isOneRow: boolean;
  /** An answer as old as that is asked for anew. */
  readonly ttlMs: number;
  /** One that a change has made out of date is asked for anew only when it is as old as that. */
  readonly floorMs: number;
  readonly tags: readonly AnalyticsTag[];
}

const range = z.enum(["24h", "7d", "30d", "90d", "365d", "all"]).default("30d");
const topRange = z.enum(["month", "last_month", "year", "all"]).default("month");
const zone = z
  .string()
  .max(64)
  // An offset is not a zone, and Postgres reads its sign the other way round.
  .refine((text) => /^[a-z]/i.test(text) && isTimeZone(text), "must be an IANA time zone such as Europe/Berlin")
  .transform(writtenTimeZone)
  .default("UTC");
const limit = queryNumber(z.int().min(1).max(100).default(10));
const currency = storableText(z.string().min(1).max(128)).nullable().default(null);
const venue = z.enum(["all", "paper", "exchange", "own"]).default("all");

const DEFAULTS = { zone: "UTC", limit: 10, currency: null, venue: "all" } as const;
const asked = <T extends { readonly range: string } & Partial<AnalyticsParameters>>(given: T): AnalyticsParameters => ({
  ...DEFAULTS,
  ...given,
});

const overTime = z.strictObject({ range, zone, currency, venue }).transform(asked);
const ofUsers = z.strictObject({ range, zone }).transform(asked);
const top = z.strictObject({ range: topRange, limit, currency, venue }).transform(asked);
const ofAssets = z.strictObject({ range, limit, currency, venue }).transform(asked);

/** An exact decimal, which a JSON number may not hold. */
const money = z.string().regex(/^-?\d+(?:\.\d+)?$/, "must be a numeric");
const count = z.int();
/** From 0 to 1; null where nothing was won or lost. */
const ratio = z.number().nullable();
const instant = z.iso.datetime();

const dashboardRow = z.object({
  currency: z.string().nullable().describe("Of all money here; null while nothing was traded"),
  from: instant.nullable().describe("Null: from the beginning"),
  trades: count,
  trades_before: count.nullable().describe("Of the period before, as long as this one; null where the range is `all`"),
  volume: money,
  volume_before: money.nullable(),
  fees: money,
  fees_before: money.nullable(),
  profit: money.describe("Realised"),
  profit_before: money.nullable(),
  win_rate: ratio.describe("Trades that won, of those that won or lost"),
  win_rate_before: ratio,
  active_users: count.describe("Users who traded"),
  active_users_before: count.nullable(),
  new_users: count,
  new_users_before: count.nullable(),
  running_strategies: count.describe("Now"),
  running_strategies_before: count.nullable().describe("Where the period before ended; null where nobody counted then"),
});
const revenueRow = z.object({
  period: z.string().describe("In the zone: 2026-01-31T13:00 for an hour, 2026-01-31 for a day, 2026-01 for a month"),
  at: instant.describe("When it began"),
  currency: z.string().nullable(),
  fees: money,
  volume: money,
  trades: count,
});
const growthRow = z.object({
  day: z.string().describe("In the zone"),
  at: instant.describe("When it began"),
  new_users: count,
  total_users: count.describe("At its end"),
});
const topRow = z.object({
  rank: count,
  user_id: z.string(),
  currency: z.string(),
  trades: count,
  volume: money,
  profit: money,
  fees: money,
  win_rate: ratio,
});
const assetRow = z.object({
  symbol: z.string(),
  currency: z.string(),
  trades: count,
  volume: money,
  profit: money,
  fees: money,
  win_rate: ratio,
  last_price: money,
  change_ratio: z.number().nullable().describe("From the first trade of the range to the last: 0.1 is 10 % up"),
});

/** Rows of the answers, by query. */
export interface AnalyticsRows {
  readonly dashboard: z.infer<typeof dashboardRow>;
  readonly revenue: z.infer<typeof revenueRow>;
  readonly userGrowth: z.infer<typeof growthRow>;
  readonly topUsers: z.infer<typeof topRow>;
  readonly assets: z.infer<typeof assetRow>;
}

const SLOW = { ttlMs: 5 * MINUTE_MS, floorMs: MINUTE_MS, isOneRow: false } as const;

/** All queries, with how long their answers last: the one table of that. */
export const ANALYTICS_QUERIES: readonly AnalyticsQuery[] = [
  {
    name: "dashboard",
    path: "/api/analytics/dashboard",
    summary: "Trades, money and users of a range, beside the period before",
    parameters: overTime,
    row: dashboardRow,
    isOneRow: true,
    ttlMs: MINUTE_MS,
    floorMs: 30 * SECOND_MS,
    tags: ["trades", "users"],
  },
  {
    ...SLOW,
    name: "revenue",
    path: "/api/analytics/revenue",
    summary: "Fees by hour, day or month",
    parameters: overTime,
    row: revenueRow,
    tags: ["trades"],
  },
  {
    ...SLOW,
    name: "user_growth",
    path: "/api/analytics/user-growth",
    summary: "New users and all users by day",
    parameters: ofUsers,
    row: growthRow,
    ttlMs: 10 * MINUTE_MS,
    tags: ["users"],
  },
  {
    ...SLOW,
    name: "top_users_by_profit",
    path: "/api/analytics/top-users/profit",
    summary: "Users with the most realised profit",
    parameters: top,
    row: topRow,
    tags: ["trades", "users"],
  },
  {
    ...SLOW,
    name: "top_users_by_volume",
    path: "/api/analytics/top-users/volume",
    summary: "Users who traded the most",
    parameters: top,
    row: topRow,
    tags: ["trades", "users"],
  },
  {
    ...SLOW,
    name: "asset_performance",
    path: "/api/analytics/asset-performance",
    summary: "Trades, money and price by symbol",
    parameters: ofAssets,
    row: assetRow,
    tags: ["trades"],
  },
];

/** The schema of `data` in an answer. */
export const answerSchema = ({ row, isOneRow }: AnalyticsQuery): z.ZodType => (isOneRow ? row : z.array(row));

/** Names an answer among all answers: the same for requests that ask the same. */
export function answerKey({ name }: AnalyticsQuery, asked: AnalyticsParameters): string {
  return [name, asked.range, asked.venue, asked.limit, asked.zone, asked.currency ?? ""].join(":");
}
