import {
  type Backoff,
  createEmitter,
  createLoop,
  type Emitter,
  type EventSource,
  errorFields,
  type LoopReport,
  logOutage,
  MINUTE_MS,
  type Runtime,
  SECOND_MS,
  sleep,
  type Unsubscribe,
} from "@shoal/kernel";
import { type EventSubscriber, type Metrics, subscribe } from "@shoal/monitor";
import { type Database, type Sql, type Statement, statement } from "@shoal/store";
import { type FleetAnalytics, isAboutTheFleetFile, ownTradesQuery, ownUsersQuery } from "./own-tables.ts";

/** Trades that one statement counts at most: less than a second also of a busy database, which would end what takes much longer. */
const BATCH_TRADES = 5_000;
const FOLD_EVERY_MS = MINUTE_MS;
/** So long a fold goes on while there is more. What is left then is next. */
const LOOP_LIMIT_MS = 20 * SECOND_MS;
const ASK_LIMIT_MS = 2 * SECOND_MS;
/** Another daemon folds: what it counts need not be counted here. */
const OTHERS_FOLD_MS = 50;
/** So long own trades are not read again that could not be counted: ours wait for the same connection. */
const OWN_REST_MS = MINUTE_MS;
const BACKOFF: Backoff = { jitter: "full", baseMs: SECOND_MS, factor: 2, maxMs: MINUTE_MS };

const FOLD = statement("analytics_fold", "select * from shoal.analytics_fold($1)");
const FOLD_OWN = statement("analytics_fold_own", "select *, null as as_of from shoal.analytics_fold_own()");
const FOLLOW = statement("analytics_follow", "select shoal.analytics_follow($1, $2)");

export interface FoldEvents {
  /** `isBehind`: there is more to count. */
  readonly "fold:done": { readonly foldedCount: number; readonly isBehind: boolean };
}

/** Keeps the sums of trades up to date. */
export interface TradeFold {
  readonly events: EventSource<FoldEvents>;
  /** Counts what is new now. Resolves with the time until which all is counted; null: the first count has not come to its end. Errors as `Sql.query`. */
  now(): Promise<Date | null>;
  /** Counts each minute where that is this daemon's to do, for as long as nobody asks. */
  start(): void;
  stop(): Promise<void>;
}

export interface TradeFoldOptions {
  readonly runtime: Runtime;
  readonly database: Database;
  readonly analytics: FleetAnalytics;
  readonly report: LoopReport;
  /** Whether this daemon counts each minute, which is enough of one. Default: it does. */
  readonly isMine?: () => boolean;
}

interface FoldRow {
  readonly folded: number;
  readonly has_more: boolean;
  readonly as_of: Date | null;
}
const NOTHING: FoldRow = { folded: 0, has_more: false, as_of: null };

export function createTradeFold(options: TradeFoldOptions): TradeFold {
  const { runtime, report, isMine = () => true } = options;
  const events = createEmitter<FoldEvents>();
  /** Each daemon counts once, because it tells the database then where its own tables are. */
  let hasCounted = false;
  const foldFor = createFolding(options, events);
  const outage = logOutage({
    log: runtime.log,
    level: "warn",
    failing: "trades cannot be counted for analytics: answers grow old until it works again",
    over: "trades are counted for analytics again",
  });
  const loop = createLoop({
    runtime,
    work: async () => {
      if (hasCounted && !isMine()) return FOLD_EVERY_MS;
      const { isBehind } = await foldFor(LOOP_LIMIT_MS);
      hasCounted = true;
      outage.worked();
      return isBehind ? 0 : FOLD_EVERY_MS;
    },
    onError: (thrown) => outage.failed(errorFields(thrown)),
    report,
    backoff: BACKOFF,
    nudgeMs: 0,
  });
  let asked: Promise<Date | null> | undefined;
  return {
    events,
    now() {
      asked ??= foldFor(ASK_LIMIT_MS)
        .then(({ asOf }) => asOf)
        .finally(() => {
          asked = undefined;
        });
      return asked;
    },
    start: () => loop.start(),
    stop: () => loop.stop(),
  };
}

/** Returns what counts until nothing is left, or `limitMs` is over. */
function createFolding(
  { runtime: { clock, log }, database, analytics }: TradeFoldOptions,
  events: Emitter<FoldEvents>,
): (limitMs: number) => Promise<{ readonly asOf: Date | null; readonly isBehind: boolean }> {
  let isFollowing = false;
  const follow = async () => {
    try {
      await followOwnTables(database, analytics);
    } catch (thrown) {
      if (!isAboutTheFleetFile(thrown) || thrown.retryable) throw thrown;
      log.error(
        errorFields(thrown),
        "the database refuses what the fleet file says in analytics.trades and analytics.users: they are not counted; mend the names there and start again",
      );
    }
    isFollowing = true;
  };
  /** Sends one statement over and over. */
  const repeat = async (text: Statement, params: readonly number[], endMs: number): Promise<FoldRow> => {
    for (;;) {
      const [row = NOTHING] = await database.query<FoldRow>(text, params);
      events.emit("fold:done", { foldedCount: Math.max(row.folded, 0), isBehind: row.has_more });
      if (!row.has_more || clock.monotonicMs() >= endMs) return row;
      if (row.folded === 0) await sleep(clock, OTHERS_FOLD_MS);
    }
  };
  const ownOutage = logOutage({
    log,
    level: "error",
    failing:
      "own trades cannot be counted (analytics.trades of the fleet file): answers go on without those that are new; mend the table, or the names in the fleet file",
    over: "own trades are counted again",
  });
  let ownRestUntilMs = Number.NEGATIVE_INFINITY;
  /** Resolves with whether there is more. What an app has in its table keeps nobody from asking about the rest. */
  const foldOwn = async (endMs: number): Promise<boolean> => {
    if (analytics.trades === undefined || clock.monotonicMs() < ownRestUntilMs) return false;
    try {
      const { has_more } = await repeat(FOLD_OWN, [], endMs);
      ownOutage.worked();
      return has_more;
    } catch (thrown) {
      if (!isAboutTheFleetFile(thrown)) throw thrown;
      ownOutage.failed(errorFields(thrown));
      ownRestUntilMs = clock.monotonicMs() + OWN_REST_MS;
      return false;
    }
  };
  return async (limitMs) => {
    if (!isFollowing) await follow();
    const endMs = clock.monotonicMs() + limitMs;
    const ours = await repeat(FOLD, [BATCH_TRADES], endMs);
    const isBehind = ours.has_more || (await foldOwn(endMs));
    return { asOf: ours.as_of, isBehind };
  };
}

/** Tells the database where own trades and users are; the same as before changes nothing. Errors as `Sql.query`. */
export async function followOwnTables(database: Pick<Sql, "query">, { trades, users }: FleetAnalytics): Promise<void> {
  await database.query(FOLLOW, [ownTradesQuery(trades), ownUsersQuery(users)]);
}

/** Counts trades in metrics. Once per `metrics`. */
export function observeTradeFold({ counter, gauge }: Metrics, events: EventSubscriber<FoldEvents>): Unsubscribe {
  const folded = counter({
    name: "shoal_analytics_folded_total",
    help: "Trades that this daemon has added to the sums of analytics.",
  });
  const behind = gauge({
    name: "shoal_analytics_fold_behind",
    help: "1 while the latest fold left trades that are not counted, because there were many or another daemon counts them.",
  });
  return subscribe<FoldEvents>(events, {
    "fold:done": ({ foldedCount, isBehind }) => {
      folded.inc({}, foldedCount);
      behind.set({}, Number(isBehind));
    },
  });
}
