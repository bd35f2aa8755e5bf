import { createHash } from "node:crypto";
import { MINUTE_MS } from "@shoal/kernel";
import { z } from "zod";
import type { FleetAnalytics } from "./own-tables.ts";
import { ANALYTICS_QUERIES, type AnalyticsQuery, answerSchema } from "./queries.ts";

/** An answer as it is kept and shared. Times are in ms since 1970, by the clock of the database. */
export interface Answer {
  readonly data: unknown;
  /** When it was asked of the database. */
  readonly madeMs: number;
  /** All that was committed then is in it. */
  readonly asOfMs: number;
}

/** The form of `Answer`, and what its figures mean. To be counted up when one of them changes. */
const ANSWERS_VERSION = 1;

/** Returns the version of the answers to each question: a daemon takes one of another version, or of another fleet file, for a miss. */
export function answerVersions({ trades, users, queries }: FleetAnalytics): (query: AnalyticsQuery) => string {
  const versions = ANALYTICS_QUERIES.map(({ name }) => {
    const text = JSON.stringify([trades, users, queries?.[name]]);
    return [name, `${ANSWERS_VERSION}-${createHash("sha256").update(text).digest("hex").slice(0, 16)}`] as const;
  });
  const byName = new Map(versions);
  return ({ name }) => byName.get(name) ?? `${ANSWERS_VERSION}`;
}

/** JSON above it is not shared, in bytes: ten thousand rows of the widest answer. */
export const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/** How far clocks of daemons may differ where one has not asked the database yet. */
const MAX_AHEAD_MS = MINUTE_MS;

const frame = z.object({ madeMs: z.number().positive(), asOfMs: z.number().positive(), data: z.unknown() });

/** Reads what was shared; undefined where it is no answer to this question, or one from the future. */
export function answerOf(query: AnalyticsQuery, given: unknown, nowMs: number): Answer | undefined {
  const framed = frame.safeParse(given);
  if (!framed.success) return undefined;
  const { madeMs, asOfMs } = framed.data;
  if (madeMs > nowMs + MAX_AHEAD_MS || asOfMs > nowMs + MAX_AHEAD_MS) return undefined;
  const data = answerSchema(query).safeParse(framed.data.data);
  return data.success ? { madeMs, asOfMs, data: data.data } : undefined;
}
