import { isFleetError, type Runtime, SECOND_MS, toError } from "@shoal/kernel";
import { type CandleSource, timeframeMs } from "@shoal/market";
import { createExchangeSource } from "@shoal/market/ccxt";
import { type Database, statement } from "@shoal/store";
import { createStrategyRunner, type JailReport } from "@shoal/strategy-runner";
import type { Config } from "../../config.ts";
import { readStrategyFigures, type StrategyFigures } from "../../strategies/figures/read-figures.ts";
import { checkKeys } from "./encryption-key.ts";
import type { CheckTerms, Examination } from "./examination.ts";
import { type CheckName, type Finding, fail, inMs, inNumber, ok, skipped, warn } from "./finding.ts";

const LIMIT_MS = 12 * SECOND_MS;
/** A strategy that is due, or an intent, longer than this is late: both are taken at once where all is well. */
const LATE_MS = 30 * SECOND_MS;
const terms = (todo: string): CheckTerms => ({ limitMs: LIMIT_MS, todo });
const NO_TABLES = "there is no table of strategies yet";

type StrategyConfig = Pick<Config, "strategyExecutor" | "strategyJail" | "strategyMarket" | "encryptionKeys">;

/** Those that ask the database. */
export const STRATEGY_CHECKS: readonly CheckName[] = [
  "strategies",
  "strategy orders",
  "deleted users",
  "encryption key",
  "market",
];

/** Examines what the database says of owners' strategies, and the exchanges that they ask. */
export async function checkStrategies(
  examination: Examination,
  database: Database,
  runtime: Runtime,
  config: StrategyConfig,
): Promise<void> {
  const [row] = await database
    .query<{ is_there: boolean }>(
      statement("doctor_secrets_table", "select to_regclass('shoal.strategy_secrets') is not null as is_there"),
    )
    .catch(() => []);
  if (!row?.is_there) return examination.skip(STRATEGY_CHECKS, NO_TABLES);
  let figures: Promise<StrategyFigures> | undefined;
  /** Two checks judge the same figures, and to count all rows may take long. */
  const readOnce = () => {
    figures ??= readStrategyFigures(database);
    return figures;
  };
  await examination.check("strategies", terms("see the error"), async () =>
    judgeStrategies(await readOnce(), await countPausedByUs(database)),
  );
  await examination.check("strategy orders", terms("see the error"), async () => judgeOrders(await readOnce()));
  await examination.check("deleted users", terms("see the error"), () => findOwnerTrigger(database));
  await examination.check("encryption key", terms("see the error"), () => checkKeys(database, config.encryptionKeys));
  await examination.check("market", terms("see the error, and the exchange's status page"), async () =>
    askMarkets(await marketsInUse(database, config.strategyMarket), runtime),
  );
}

async function countPausedByUs(database: Database): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    statement(
      "doctor_paused_strategies",
      "select count(*)::int as count from shoal.strategies where status = 'paused' and status_reason is not null",
    ),
  );
  return row?.count ?? 0;
}

/** Judges the strategies in the database; `pausedByUsCount`: those that failed too often, or whose keys were refused. */
export function judgeStrategies(figures: StrategyFigures, pausedByUsCount: number): Finding {
  const { running, paused, quarantined, stopped, dueCount, oldestDueMs } = figures;
  const numbers = { running, paused, quarantined, stopped, due: dueCount, oldest_due_ms: oldestDueMs };
  const found = `${inNumber(running)} running, ${inNumber(paused)} paused, ${inNumber(quarantined)} quarantined, ${inNumber(stopped)} stopped`;
  if (oldestDueMs > LATE_MS) {
    const late = `${found}; ${inNumber(dueCount)} are due, the first for ${inMs(oldestDueMs)}`;
    return warn(
      late,
      "no daemon keeps up with them: see STRATEGY_EXECUTOR and docs/runbooks/ShoalStrategiesLate.md",
      numbers,
    );
  }
  if (quarantined + pausedByUsCount > 0) {
    const halted = `${found}; of the paused ones ${inNumber(pausedByUsCount)} not by their owners`;
    return warn(
      halted,
      "their owners see why; `shoal strategies list` shows it, and a new version or `shoal strategies resume` starts them",
      numbers,
    );
  }
  return ok(found, numbers);
}

/** Judges orders at exchanges and the keys for them. */
export function judgeOrders(figures: StrategyFigures): Finding {
  const { orders, oldestUnknownMs, oldestIntendedMs, refusedSecretCount } = figures;
  const { intended, sent, unknown, open } = orders;
  const numbers = {
    ...{ intended, sent, unknown, open, oldest_unknown_ms: oldestUnknownMs, oldest_intended_ms: oldestIntendedMs },
    refused_keys: refusedSecretCount,
  };
  const found = `${inNumber(open)} open, ${inNumber(intended)} to be sent, ${inNumber(sent + unknown)} without an answer`;
  if (unknown > 0) {
    return warn(
      `${found}; ${inNumber(unknown)} unknown, the first for ${inMs(oldestUnknownMs)}`,
      "nobody knows whether the exchange has them, so they are looked up and not sent again: docs/runbooks/ShoalOrdersUnknown.md",
      numbers,
    );
  }
  if (oldestIntendedMs > LATE_MS) {
    return warn(
      `${found}; the first has waited for ${inMs(oldestIntendedMs)}`,
      "no daemon sends them: docs/runbooks/ShoalOrdersNotSent.md",
      numbers,
    );
  }
  if (refusedSecretCount > 0) {
    return warn(
      `${found}; keys of ${inNumber(refusedSecretCount)} accounts were refused by their exchange`,
      "their owners have to write others: docs/runbooks/ShoalKeysRefused.md",
      numbers,
    );
  }
  return ok(found, numbers);
}

/** Finds what stops the strategies of a user that is deleted. */
async function findOwnerTrigger(database: Database): Promise<Finding> {
  const [row] = await database.query<{ has_users: boolean; has_trigger: boolean }>(
    statement(
      "doctor_owner_trigger",
      `select to_regclass('auth.users') is not null as has_users, exists (
       select from pg_trigger where tgname = 'shoal_strategy_owner_gone' and tgrelid = to_regclass('auth.users') and tgenabled <> 'D'
     ) as has_trigger`,
    ),
  );
  if (!row?.has_users) return skipped("there is no auth.users");
  if (row.has_trigger) return ok("strategies of a deleted user are stopped, by a trigger on auth.users");
  return warn(
    "strategies of a deleted user go on: auth.users has no trigger shoal_strategy_owner_gone",
    "as the owner of auth.users: create trigger shoal_strategy_owner_gone after delete on auth.users for each row execute function shoal.strategy_owner_gone()",
  );
}

/** An exchange, and a symbol that is asked of it. */
export interface MarketInUse {
  readonly exchangeId: string;
  /** Null where no strategy names one. */
  readonly symbol: string | null;
}

/** Exchanges that are asked for candles: by the configuration, and by strategies that run. */
async function marketsInUse(database: Database, configured: string): Promise<MarketInUse[]> {
  const rows = await database.query<MarketInUse>(
    statement(
      "doctor_markets",
      `select strategies.market as "exchangeId", min(code.checked #>> '{needs,candles,0,symbol}') as symbol
     from shoal.strategies join shoal.strategy_code as code on code.id = strategies.code_id
     where status = 'running' and market <> 'synthetic' group by 1 order by 1 limit 5`,
    ),
  );
  const isListed = configured === "synthetic" || rows.some(({ exchangeId }) => exchangeId === configured);
  return isListed ? rows : [...rows, { exchangeId: configured, symbol: null }];
}

/** Asks each exchange for its list of instruments, and for one candle. */
export async function askMarkets(
  markets: readonly MarketInUse[],
  runtime: Runtime,
  open: (exchangeId: string) => CandleSource = (exchangeId) => createExchangeSource({ exchangeId, runtime }),
): Promise<Finding> {
  if (markets.length === 0) return skipped("candles come from the synthetic market");
  const { clock } = runtime;
  const startedMs = clock.monotonicMs();
  const troubles = await Promise.all(
    markets.map(async ({ exchangeId, symbol }) => {
      const hourMs = timeframeMs["1h"];
      const toMs = Math.floor(clock.now() / hourMs) * hourMs;
      const query = {
        symbol: symbol ?? "BTC/USDT",
        timeframe: "1h",
        fromMs: toMs - 2 * hourMs,
        toMs,
        limit: 1,
      } as const;
      try {
        await open(exchangeId).candles(query);
        return [];
      } catch (thrown) {
        // A market without the symbol that we made up has answered.
        if (symbol === null && isFleetError(thrown, "MARKET_SYMBOL_UNKNOWN")) return [];
        return [`${exchangeId}: ${toError(thrown).message}`];
      }
    }),
  );
  const tookMs = clock.monotonicMs() - startedMs;
  const figures = { markets: markets.length, markets_away: troubles.flat().length, market_ms: tookMs };
  if (troubles.flat().length > 0) {
    return fail(
      troubles.flat().join("; "),
      "strategies there get old candles or none: docs/runbooks/ShoalMarketAway.md",
      figures,
    );
  }
  return ok(`${markets.map(({ exchangeId }) => exchangeId).join(", ")}: candles after ${inMs(tookMs)}`, figures);
}

/** Starts one process of the sandbox, runs an empty strategy in it, and ends it. */
export async function checkSandbox(examination: Examination, runtime: Runtime, config: StrategyConfig): Promise<void> {
  const { strategyExecutor, strategyJail } = config;
  if (strategyExecutor === "off") return examination.skip(["sandbox"], "STRATEGY_EXECUTOR is off: none runs here");
  const todo = "no strategy runs here until this works: docs/runbooks/ShoalSandboxFailing.md";
  await examination.check("sandbox", terms(todo), async () => {
    const startedMs = runtime.clock.monotonicMs();
    const runner = await createStrategyRunner({ runtime, childCount: 1, jail: strategyJail });
    try {
      const { error } = await runner.run({
        ...{ strategyId: "doctor", config: {}, state: {}, nowMs: runtime.clock.now(), seed: "doctor", candles: [] },
        code: {
          javascript: "export function run() {}",
          sha256: "",
          fileName: "doctor.js",
          config: {},
          needs: { candles: [] },
        },
        ...{ portfolio: { currency: "USDT", cash: "0", equity: "0", positions: [] }, openOrders: [] },
      });
      if (error) return fail(`an empty strategy ended with ${error.code}: ${error.message}`, todo);
      return judgeWalls(runner.jail, runtime.clock.monotonicMs() - startedMs);
    } finally {
      await runner.close(0);
    }
  });
}

/** Judges the walls around a process of the sandbox, in which an empty strategy has run. */
export function judgeWalls({ walls }: JailReport, tookMs: number): Finding {
  const missing = walls.flatMap((wall) => (wall.holds ? [] : [`${wall.name} (${wall.why})`]));
  const figures = { run_ms: tookMs, walls: walls.length, walls_missing: missing.length };
  const found = `an empty strategy has run, ${inMs(tookMs)} with the start of its process`;
  if (missing.length === 0) return ok(`${found}; all ${walls.length} walls stand`, figures);
  return warn(
    `${found}; missing walls: ${missing.join(", ")}`,
    "the engine alone keeps strategies in where these would help: see docs/sandbox.md, and STRATEGY_JAIL=required to run none without them",
    figures,
  );
}
