import type { AnalyticsParameters, AnalyticsQuery } from "./queries.ts";

/** An answer as of one moment. */
export interface AnalyticsAnswer {
  /** One row, or a list of them: `answerSchema` of the query. Only JSON. */
  readonly data: unknown;
  /** All trades that were committed then are counted, unless a fold is behind. */
  readonly asOf: Date;
}

/** Asks the database, each time: whoever calls it keeps the answers. */
export interface AnalyticsReader {
  /**
   * Counts the trades that are new, and asks.
   *
   * @throws ANALYTICS_ZONE_UNKNOWN the database does not know the zone
   * @throws ANALYTICS_QUERY_REFUSED a query of the fleet file is refused by the database, or returns what the answer cannot be made of
   * and what `Sql.query` throws
   */
  read(query: AnalyticsQuery, asked: AnalyticsParameters): Promise<AnalyticsAnswer>;
}
