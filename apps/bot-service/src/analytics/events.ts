import type { AnalyticsQueryName } from "./queries.ts";

/** Where an answer was found. */
export type AnswerLayer = "memory" | "redis" | "database";

/** `hit`: within what is promised. `stale`: older, and asked for anew. `miss`: asked of the database while the caller waited. */
export type AnswerResult = "hit" | "miss" | "stale";

export interface AnalyticsEvents {
  "answer:served": {
    readonly query: AnalyticsQueryName;
    readonly result: AnswerResult;
    readonly layer: AnswerLayer;
    /** Since all that was committed is in it. */
    readonly ageMs: number;
    readonly durationMs: number;
  };
  /** A caller had part in a query that was under way, here or in another daemon. */
  "answer:coalesced": { readonly query: AnalyticsQueryName };
  "query:ended": { readonly query: AnalyticsQueryName; readonly durationMs: number };
  /** An answer could not be made anew, or not be shared. */
  "answer:failed": { readonly query: AnalyticsQueryName; readonly code: string };
}
