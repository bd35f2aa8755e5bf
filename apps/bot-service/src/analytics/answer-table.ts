import { SECOND_MS } from "@shoal/kernel";
import { type Sql, statement } from "@shoal/store";
import type { Answer } from "./answer.ts";
import type { DatabaseTime } from "./database-time.ts";
import type { AnalyticsQuery } from "./queries.ts";

/** How long a daemon that is silent keeps others from asking. Above the time that a slow question takes. */
const LEASE_MS = 12 * SECOND_MS;
/** How long nobody asks anew after that has failed. */
export const RETRY_MS = 2 * SECOND_MS;

/** What became of an answer that was asked for. `value`: JSON, null where the caller has it or there is none. */
export interface Taken {
  readonly kind: "answer" | "refresh" | "wait";
  readonly value: string | null;
  readonly madeMs: number | null;
  readonly asOfMs: number | null;
  /** For `put`. */
  readonly seen: string | null;
  /** How long others keep this one from asking, at most. */
  readonly waitMs: number;
  readonly nowMs: number;
}

export interface AnswerId {
  readonly query: AnalyticsQuery;
  readonly version: string;
  readonly key: string;
}

export type AnswerTable = ReturnType<typeof createAnswerTable>;

interface Options {
  readonly database: Pick<Sql, "query">;
  /** Id of this process. */
  readonly holder: string;
  readonly time: DatabaseTime;
}

/** The answers that all daemons share through the database. Errors as `Sql.query`. */
export function createAnswerTable({ database, holder, time }: Options) {
  return {
    /** `knownMs`: when the answer was made that the caller has. */
    async take({ query, version, key }: AnswerId, knownMs: number | null): Promise<Taken> {
      const { tags, floorMs, ttlMs } = query;
      const [row] = await database.query<TakenRow>(TAKE, [
        ...[key, version, [...tags], holder],
        ...[floorMs, ttlMs, LEASE_MS, knownMs],
      ]);
      if (!row) throw new Error("a function returns one row");
      time.heard(row.now_ms);
      return {
        ...{ kind: row.kind, value: row.value, madeMs: row.made_ms, asOfMs: row.as_of_ms },
        ...{ seen: row.seen, waitMs: row.wait_ms ?? 0, nowMs: row.now_ms },
      };
    },
    /** `seen` as `take` gave it. */
    async put({ version, key }: AnswerId, { data, madeMs, asOfMs }: Answer, seen: string): Promise<void> {
      const value = JSON.stringify(data);
      await database.query(PUT, [key, version, holder, value, madeMs, asOfMs, seen]);
    },
    /** Lets others ask, because this one could not. */
    async giveUp({ version, key }: AnswerId): Promise<void> {
      await database.query(GIVE_UP, [key, version, holder, RETRY_MS]);
    },
  };
}

interface TakenRow {
  readonly kind: Taken["kind"];
  readonly value: string | null;
  readonly made_ms: number | null;
  readonly as_of_ms: number | null;
  readonly seen: string | null;
  readonly wait_ms: number | null;
  readonly now_ms: number;
}

const TAKE = statement(
  "analytics_take",
  `select kind, value, made_ms, as_of_ms, seen::text, wait_ms, now_ms
from shoal.analytics_take($1, $2, $3::text[], $4, $5, $6, $7, $8)`,
);
const PUT = statement("analytics_put", "select shoal.analytics_put($1, $2, $3, $4, $5, $6, ($7::text)::bigint[])");
const GIVE_UP = statement("analytics_give_up", "select shoal.analytics_give_up($1, $2, $3, $4)");
const FORGET = statement("analytics_forget", "select shoal.analytics_forget_answers() as count");

/** Deletes answers that are not served any more, for housekeeping; returns how many. Errors as `Sql.query`. */
export async function forgetAnswers(database: Pick<Sql, "query">): Promise<number> {
  const [row] = await database.query<{ readonly count: number }>(FORGET);
  return row?.count ?? 0;
}
