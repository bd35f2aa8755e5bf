import {
  type Clock,
  errorFields,
  FleetError,
  isFleetError,
  type Log,
  logOutage,
  MINUTE_MS,
  type Outage,
  SECOND_MS,
} from "@shoal/kernel";
import { type Database, type Sql, type Statement, statement } from "@shoal/store";
import type { z } from "zod";
import { issueLine } from "../issue-words.ts";
import { MAX_ANSWER_BYTES } from "./answer.ts";
import type { TradeFold } from "./fold.ts";
import { type FleetAnalytics, isAboutTheFleetFile } from "./own-tables.ts";
import { ANALYTICS_QUERIES, type AnalyticsParameters, type AnalyticsQuery } from "./queries.ts";

/** An answer as of one moment. */
export interface AnalyticsAnswer {
  /** One row, or a list of them: `answerSchema` of the query. Only JSON. */
  readonly data: unknown;
  /** All trades that were committed then are counted. */
  readonly asOf: Date;
}

/** Asks the database, each time: whoever calls it keeps the answers. */
export interface AnalyticsReader {
  /**
   * Counts the trades that are new, and asks.
   *
   * @throws ANALYTICS_COUNTING (retryable) the trades of before are being counted for the first time
   * @throws ANALYTICS_ZONE_UNKNOWN the database does not know the zone
   * @throws ANALYTICS_QUERY_REFUSED a query of the fleet file is refused by the database, or returns what the answer cannot be made of
   * and what `Sql.query` throws
   */
  read(query: AnalyticsQuery, asked: AnalyticsParameters): Promise<AnalyticsAnswer>;
  /** Has the database look at the queries of the fleet file, and logs those that it refuses. Errors as `Sql.query`, where it cannot be asked. */
  check(): Promise<void>;
}

export interface AnalyticsReaderOptions {
  readonly database: Database;
  readonly fold: Pick<TradeFold, "now">;
  readonly analytics: FleetAnalytics;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly log: Log;
}

/** A query of the fleet file may not hold a connection for longer. */
const REPLACED_LIMIT_MS = 10 * SECOND_MS;
/** One that did is not asked again for so long: all others wait for the same connection. */
const REST_MS = MINUTE_MS;
const MAX_REPLACED_ROWS = 10_000;

/** As texts, which hold an infinite time. */
const PERIOD = statement(
  "analytics_period",
  `select to_jsonb(p."from") #>> '{}' as "from", to_jsonb(p."to") #>> '{}' as "to", to_jsonb(p.before_from) #>> '{}' as before_from,
     to_jsonb(p.before_to) #>> '{}' as before_to, p.currency
   from shoal.analytics_period($1, $2, ($3::text)::timestamptz, $4, $5) p`,
);

interface Period {
  readonly from: string;
  readonly to: string;
  readonly before_from: string | null;
  readonly before_to: string | null;
  readonly currency: string | null;
}

const PARAMETERS = `($1::text)::timestamptz, ($2::text)::timestamptz, $3::text, $4::integer, $5::text, $6::text, ($7::text)::timestamptz,
  ($8::text)::timestamptz, $9::text`;
const BUILT_IN: Readonly<Record<AnalyticsQuery["name"], Statement>> = {
  dashboard: statement("analytics_dashboard", `select * from shoal.analytics_dashboard(${PARAMETERS})`),
  revenue: statement("analytics_revenue", `select * from shoal.analytics_revenue(${PARAMETERS})`),
  user_growth: statement("analytics_user_growth", `select * from shoal.analytics_user_growth(${PARAMETERS})`),
  top_users_by_profit: statement(
    "analytics_top_users_by_profit",
    `select * from shoal.analytics_top_users(${PARAMETERS}, 'profit')`,
  ),
  top_users_by_volume: statement(
    "analytics_top_users_by_volume",
    `select * from shoal.analytics_top_users(${PARAMETERS}, 'volume')`,
  ),
  asset_performance: statement(
    "analytics_asset_performance",
    `select * from shoal.analytics_asset_performance(${PARAMETERS})`,
  ),
};

const READ_ONLY = statement("analytics_read_only", "set transaction read only");
const TIME_LIMIT = statement(
  "analytics_time_limit",
  `select set_config('statement_timeout', '${REPLACED_LIMIT_MS}', true)`,
);

/**
 * Returns the statement of a query of the fleet file. Each parameter has its type there, used or not; and in a parenthesis a query can
 * only read. The database ends after the first row too many, and blanks those of too many bytes: the daemon holds all that it is sent.
 */
function replacedStatement({ row }: AnalyticsQuery, text: string, maxRows = MAX_REPLACED_ROWS + 1): Statement {
  const names = Object.keys(row.shape);
  const columns = names.map((name) => `answer."${name}"`).join(", ");
  const kept = names.map((name) => `case when bytes <= ${MAX_ANSWER_BYTES} then "${name}" end as "${name}"`).join(", ");
  return statement(
    "analytics_replaced",
    `with parameters ("from", "to", zone, "limit", currency, venue, before_from, before_to, range) as (
       select $1::timestamptz, $2::timestamptz, $3::text, $4::integer, $5::text, $6::text, $7::timestamptz, $8::timestamptz, $9::text
     )
     select ${kept}, bytes > ${MAX_ANSWER_BYTES} as is_too_large from (
       select ${columns}, sum(octet_length(row(${columns})::text)) over (rows unbounded preceding) as bytes from (
${text.trim().replace(/;$/, "")}
       ) as answer limit ${maxRows}
     ) as bounded`,
  );
}

/** Says what is too much of the rows of a query of the fleet file; undefined where nothing is. */
function excessOf(rows: readonly Record<string, unknown>[]): string | undefined {
  if (rows.length > MAX_REPLACED_ROWS) return `it returns more than ${MAX_REPLACED_ROWS} rows: give it a limit`;
  if (rows.at(-1)?.["is_too_large"] === true) {
    return `it returns more than ${MAX_ANSWER_BYTES} bytes: give it a limit, or shorter texts`;
  }
  return undefined;
}

export function createAnalyticsReader(options: AnalyticsReaderOptions): AnalyticsReader {
  const { database, fold, analytics } = options;
  const replaced = createReplacedQueries(options);
  const rowsOf = async (query: AnalyticsQuery, params: Params) => {
    const text = analytics.queries?.[query.name];
    if (text === undefined) return database.query(BUILT_IN[query.name], params);
    const rows = await replaced.ask(query, replacedStatement(query, text), params);
    const excess = excessOf(rows);
    if (excess !== undefined) throw replaced.refused(query, excess);
    return rows;
  };
  return {
    async read(query, asked) {
      const asOf = await fold.now();
      if (asOf === null) throw countingFirst();
      const period = await periodOf(database, asked, asOf);
      const rows = await rowsOf(query, paramsOf(asked, period));
      const checked = query.row.array().safeParse(rows.map((row) => jsonRow(query.row, row)));
      if (!checked.success) throw replaced.refused(query, issueLine(checked.error.issues[0], "answer"));
      if (query.isOneRow && checked.data.length !== 1) throw replaced.refused(query, "it must return one row");
      if (analytics.queries?.[query.name] !== undefined) replaced.answered(query);
      return { data: query.isOneRow ? checked.data[0] : checked.data, asOf };
    },
    async check() {
      for (const query of ANALYTICS_QUERIES) {
        const text = analytics.queries?.[query.name];
        if (text === undefined) continue;
        await replaced.ask(query, replacedStatement(query, text, 0), NOTHING_ASKED).catch((thrown) => {
          if (!isFleetError(thrown, "ANALYTICS_QUERY_REFUSED")) throw thrown;
        });
      }
    },
  };
}

type Params = readonly (string | number | null)[];

const NOTHING_ASKED: Params = ["-infinity", "-infinity", "UTC", 0, null, "all", null, null, "all"];

/** Asks queries of the fleet file, each in a transaction that cannot write, and logs when one is refused and when it is answered again. */
function createReplacedQueries({ database, clock, log }: Pick<AnalyticsReaderOptions, "database" | "clock" | "log">) {
  /** Until when a query rests, by the monotonic clock. */
  const resting = new Map<string, number>();
  const outages = new Map<string, Outage>(
    ANALYTICS_QUERIES.map(({ name }) => [
      name,
      logOutage({
        log,
        level: "error",
        failing:
          "a query that the fleet file has in analytics.queries cannot be answered: its route answers 503, the others work; mend the query and start again",
        over: "the query of the fleet file is answered again",
      }),
    ]),
  );
  const refused = ({ name }: AnalyticsQuery, reason: string, cause?: unknown) => {
    outages.get(name)?.failed({ query: name, reason });
    return new FleetError(
      "ANALYTICS_QUERY_REFUSED",
      `The query ${name} of the fleet file cannot be answered; the daemon's log has the reason.`,
      { details: { query: name }, cause },
    );
  };
  return {
    refused,
    answered: ({ name }: AnalyticsQuery) => outages.get(name)?.worked(),
    async ask(query: AnalyticsQuery, text: Statement, params: Params): Promise<Record<string, unknown>[]> {
      if (clock.monotonicMs() < (resting.get(query.name) ?? 0)) {
        throw refused(query, `it took too long, and is asked again ${REST_MS / SECOND_MS} s after that`);
      }
      try {
        return await database.transaction(async (tx) => {
          await tx.query(READ_ONLY);
          await tx.query(TIME_LIMIT);
          return tx.query(text, params);
        });
      } catch (thrown) {
        if (isFleetError(thrown) && thrown.details["sqlstate"] === CANCELED) {
          resting.set(query.name, clock.monotonicMs() + REST_MS);
        }
        if (isAboutTheFleetFile(thrown)) throw refused(query, errorFields(thrown).error_message, thrown);
        throw thrown;
      }
    },
  };
}

function countingFirst(): FleetError {
  return new FleetError(
    "ANALYTICS_COUNTING",
    "The trades of before are being counted for the first time. Try again in some minutes.",
    { retryable: true },
  );
}

async function periodOf(database: Pick<Sql, "query">, asked: AnalyticsParameters, asOf: Date): Promise<Period> {
  const { range, zone, currency, venue } = asked;
  try {
    const [period] = await database.query<Period>(PERIOD, [range, zone, asOf.toISOString(), currency, venue]);
    if (period) return period;
  } catch (thrown) {
    if (!isFleetError(thrown) || thrown.details["sqlstate"] !== INVALID_PARAMETER) throw thrown;
    const message = `The database does not know the time zone ${zone}.`;
    throw new FleetError("ANALYTICS_ZONE_UNKNOWN", message, { details: { field: "zone" }, cause: thrown });
  }
  throw new FleetError("ANALYTICS_QUERY_REFUSED", "The database has no answer to what a range means.");
}

/** @source Postgres documentation, appendix A, error codes */
const INVALID_PARAMETER = "22023";

/** @source the same: query_canceled */
const CANCELED = "57014";

const paramsOf = ({ range, zone, limit, venue }: AnalyticsParameters, period: Period) => [
  ...[period.from, period.to, zone, limit, period.currency, venue],
  ...[period.before_from, period.before_to, range],
];

/** Writes a row in the forms that its schema has: whole numbers and ratios come as texts from the database, times as dates. */
function jsonRow(schema: z.ZodObject, row: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(schema.shape as Record<string, z.ZodType>).map(([name, field]) => {
    const given = row[name];
    const forms = [
      given,
      ...(given instanceof Date && !Number.isNaN(given.getTime()) ? [given.toISOString()] : []),
      ...(typeof given === "string" && given !== "" ? [Number(given)] : []),
      ...(typeof given === "number" ? [String(given)] : []),
    ];
    return [name, forms.find((form) => field.safeParse(form).success) ?? given] as const;
  });
  return Object.fromEntries(entries);
}
