import { type FleetError, isFleetError } from "@shoal/kernel";
import { z } from "zod";
import { storableText } from "../storable-text.ts";
import { ANALYTICS_QUERIES, type AnalyticsQueryName } from "./queries.ts";

/** An app's table of trades, and the names of its columns. */
export interface OwnTrades {
  /** `trades`, in the schema public, or `shop.trades`. */
  readonly table: string;
  readonly userId: string;
  readonly symbol: string;
  readonly quantity: string;
  /** Of one piece. One of price and volume must be there. */
  readonly price?: string;
  readonly volume?: string;
  /** Realised. Default: none. */
  readonly profit?: string;
  readonly fee?: string;
  /** Of all money of the trade. Default: what stands behind the slash of the symbol. */
  readonly currency?: string;
  readonly at: string;
}

/** An app's table of users, in place of those who have deployed strategies. */
export interface OwnUsers {
  readonly table: string;
  readonly createdAt: string;
}

/** What a fleet file says of analytics. */
export interface FleetAnalytics {
  readonly trades?: OwnTrades;
  readonly users?: OwnUsers;
  /** In place of our queries: one SELECT each, with the parameters of docs/analytics.md and the columns of the answer. */
  readonly queries?: Readonly<Partial<Record<AnalyticsQueryName, string>>>;
}

/** Postgres cuts longer ones, and would then take another column than the one that is meant. */
const NAME_BYTES = 63;
const isShort = (text: string) => Buffer.byteLength(text) <= NAME_BYTES;
const column = storableText(z.string().min(1)).refine(isShort, `must be a name of at most ${NAME_BYTES} bytes`);
const table = storableText(z.string().min(1)).refine(
  (text) => tableParts(text).every((part) => part !== "" && isShort(part)),
  `must be the name of a table, with its schema and a point before it or without`,
);
const queryText = storableText(z.string().min(1).max(100_000));

export const fleetAnalyticsSchema = z.strictObject({
  trades: z
    .strictObject({ table, userId: column, symbol: column, quantity: column, at: column })
    .extend({ price: column, volume: column, profit: column, fee: column, currency: column })
    .partial({ price: true, volume: true, profit: true, fee: true, currency: true })
    .refine(({ price, volume }) => price !== undefined || volume !== undefined, {
      path: ["price"],
      message: "is missing, and so is volume: give the column of one of them",
    })
    .optional(),
  users: z.strictObject({ table, createdAt: column }).optional(),
  queries: z.partialRecord(z.enum(ANALYTICS_QUERIES.map(({ name }) => name)), queryText).optional(),
}) satisfies z.ZodType<{ [Key in keyof FleetAnalytics]?: unknown }>;

function tableParts(text: string): string[] {
  const point = text.indexOf(".");
  return point < 0 ? ["public", text] : [text.slice(0, point), text.slice(point + 1)];
}

/** Quotes a name, so that it is one whatever stands in it. */
const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;
const quotedTable = (text: string) => tableParts(text).map(quoted).join(".");

/** Returns the query that the database reads own trades by (shoal.analytics_follow); null: there are none. */
export function ownTradesQuery(trades: OwnTrades | undefined): string | null {
  if (!trades) return null;
  const columns = (["quantity", "price", "volume", "profit", "fee"] as const).map((name) => {
    const given = trades[name];
    return `${given === undefined ? "null" : quoted(given)}::numeric as ${name}`;
  });
  const currency = trades.currency === undefined ? "null" : quoted(trades.currency);
  return `select ${quoted(trades.userId)}::text as user_id, ${quoted(trades.symbol)}::text as symbol, ${currency}::text as currency, ${columns.join(", ")}, ${quoted(trades.at)}::timestamptz as at from ${quotedTable(trades.table)}`;
}

/** Returns the query that the database reads own users by; null: those who have deployed are the users. */
export function ownUsersQuery(users: OwnUsers | undefined): string | null {
  return users ? `select ${quoted(users.createdAt)}::timestamptz as created_at from ${quotedTable(users.table)}` : null;
}

/**
 * SQLSTATEs of a statement that is not to blame itself, beside those of STORE_QUERY and STORE_CONSTRAINT.
 *
 * @source Postgres documentation, appendix A: insufficient_privilege, read_only_sql_transaction
 */
const OF_WHAT_IT_NAMES: readonly unknown[] = ["42501", "25006"];

/**
 * Whether what the fleet file names is at fault, when a statement with it failed: also where it took too long, would write, or may not be
 * read. Otherwise the database is.
 */
export function isAboutTheFleetFile(thrown: unknown): thrown is FleetError {
  if (!isFleetError(thrown)) return false;
  return (
    ["STORE_QUERY", "STORE_CONSTRAINT"].includes(thrown.code) || OF_WHAT_IT_NAMES.includes(thrown.details["sqlstate"])
  );
}
