import { z } from "zod";
import { uuid } from "../../uuid.ts";

const time = z.iso.datetime();
/** Decimal text: money and quantities are exact. */
const decimal = z.string();
const json = z.record(z.string(), z.unknown());

export const strategyStatus = z.enum(["running", "paused", "stopped", "quarantined"]);
export const language = z.enum(["typescript", "javascript"]);

/** A strategy and how its runs went. @source SPEC C */
export const statusBody = z.object({
  strategy_id: uuid,
  name: z.string(),
  /** A user's id; null: the operator. */
  owner_id: z.string().nullable(),
  /** Grows with each deploy and rollback. */
  version: z.int(),
  status: strategyStatus,
  status_reason: z.string().nullable().describe("`CODE: words`, where its owner did not ask for the status"),
  is_executing: z.boolean().describe("A run is under way"),
  executionInterval: z.number().nullable().describe("In seconds; null where cron says when"),
  cron: z.string().nullable(),
  zone: z.string(),
  venue: z.string(),
  market: z.string(),
  secret: z.string().nullable(),
  created_at: time,
  updated_at: time,
  stats: z.object({
    total_executions: z.int(),
    successful_executions: z.int(),
    failed_executions: z.int(),
    avg_execution_time: z.number().nullable().describe("In ms; null before the first run"),
    last_execution_at: time.nullable(),
    last_execution_duration: z.number().nullable().describe("In ms"),
    next_execution_at: time.nullable().describe("Null while it is not to run"),
    last_error: z.string().nullable(),
    consecutive_failures: z.int(),
    missed_executions: z.int().describe("Ticks that passed while none could run"),
    skipped_executions: z.int().describe("Ticks that needed no run"),
    skipped_reason: z.string().nullable().describe("Why the latest tick needed none"),
    fuel: z.int().describe("Units of work of all executions"),
  }),
});

/** A strategy with its settings. */
export const strategyBody = statusBody.extend({
  /** sha256 of language and source. */
  code_id: z.string(),
  config: json,
  account: json,
  filter: json,
});

export const versionBody = z.object({
  version: z.int(),
  code_id: z.string(),
  config: json,
  deployed_at: time,
  /** A user's id; null: the operator. */
  deployed_by: z.string().nullable(),
});

const need = z.object({ symbol: z.string(), timeframe: z.string(), count: z.int() });

/** What the check of a source found. */
export const checkedBody = z.object({
  ok: z.boolean(),
  diagnostics: z.array(
    z.object({ code: z.string(), message: z.string(), line: z.int(), column: z.int(), severity: z.literal("error") }),
  ),
  needs: z
    .object({ candles: z.array(need) })
    .nullable()
    .describe("What it wants before each run; null: it cannot run"),
  config: json.nullable().describe("Its settings with their defaults; null: it cannot run"),
});

/** One version with its source. */
export const codeBody = versionBody.extend({ language, source: z.string() });

export const runBody = z.object({
  id: uuid,
  strategy_id: uuid,
  /** Grows with each run; pages and `logs` go by it. */
  epoch: z.int(),
  version: z.int(),
  code_id: z.string(),
  build_id: z.string(),
  planned_at: time,
  started_at: time,
  duration_ms: z.number(),
  outcome: z.enum(["ok", "failed", "killed"]),
  error: z
    .object({
      code: z.string(),
      message: z.string(),
      line: z.int().optional(),
      column: z.int().optional(),
      stack: z.string().optional(),
    })
    .nullable(),
  fuel: z.int(),
  order_count: z.int(),
  equity: decimal.nullable(),
  has_journal: z.boolean().describe("Whether it can be replayed: the newest runs can"),
});

/** One run with all that is kept of it. */
export const wholeRunBody = runBody.extend({
  image_hash: z.string(),
  logs: z.array(z.object({ level: z.enum(["info", "warn", "error"]), text: z.string() })),
  notifications: z.array(z.string()),
  journal: z.looseObject({}).nullable().describe("All that came into the run, and what came of it"),
});

export const logLineBody = z.object({
  run_id: uuid,
  epoch: z.int(),
  /** From 1 within the run. */
  number: z.int(),
  at: time,
  level: z.enum(["info", "warn", "error"]),
  text: z.string(),
});

export const orderBody = z.object({
  id: uuid,
  strategy_id: uuid,
  run_id: uuid,
  number: z.int(),
  venue: z.string(),
  symbol: z.string(),
  side: z.enum(["buy", "sell"]),
  type: z.enum(["market", "limit", "stop"]),
  quantity: decimal,
  price: decimal.nullable(),
  status: z.enum(["intended", "sent", "unknown", "open", "filled", "cancelled", "rejected"]),
  reason: z.string().nullable(),
  exchange_id: z.string().nullable(),
  filled: decimal,
  average: decimal.nullable(),
  fee: decimal,
  placed_at: time,
  updated_at: time,
});

export const fillBody = z.object({
  id: z.string(),
  order_id: z.string().nullable(),
  symbol: z.string(),
  side: z.enum(["buy", "sell"]),
  price: decimal,
  quantity: decimal,
  fee: decimal,
  fee_currency: z.string(),
  liquidity: z.enum(["maker", "taker"]).nullable(),
  realised_profit: decimal.nullable(),
  filled_at: time,
});

const positionBody = z.object({
  symbol: z.string(),
  quantity: decimal,
  cost: decimal,
  realised_profit: decimal,
  paid_fees: decimal,
  updated_at: time,
});

/** What a strategy has, as of its latest run. */
export const holdingsBody = z.object({
  positions: z.array(positionBody),
  balances: z.array(z.object({ currency: z.string(), amount: decimal, updated_at: time })),
  equity: decimal.nullable().describe("All together in the currency of the account; null before the first run"),
});

/** One point an hour, the latest of it. */
export const equityPointBody = z.object({ at: time, equity: decimal });

/** What a run may take, and how much is kept and borne of a strategy. */
export const limitsBody = z.object({
  fuel: z.int().describe("Units of work"),
  wall_ms: z.number().describe("Of its time, waiting included"),
  cpu_ms: z.number().describe("Of processor time"),
  memory_mb: z.number(),
  runs_kept: z.int().describe("Of each strategy, with their journals as far as these are small enough"),
  max_failures: z.int().describe("In a row, after which a strategy is paused"),
  max_kills: z.int().describe("Runs in a row that were ended from outside, after which it is quarantined"),
});

/** An owner: what it may take, and what it takes. */
export const ownerBody = z.object({
  owner_id: z.string().nullable().describe("Null: the operator"),
  weight: z.number(),
  strategy_limit: z.int().nullable().describe("Null: as many as the daemon allows everybody"),
  fuel_per_day: z.number().nullable().describe("Null: no limit"),
  fuel_used_today: z.number().describe("Of the day in UTC"),
  strategies: z.int(),
  running: z.int().describe("Those of them that run by their schedules"),
  run_ms: z.number().describe("What a run of the owner takes, of the latest ones"),
  next_due_at: time.nullable(),
  gone_at: time.nullable().describe("When the user was deleted"),
});

export type StrategyStatusName = z.infer<typeof strategyStatus>;
export type StrategyLimits = z.infer<typeof limitsBody>;
export type StrategyBody = z.infer<typeof strategyBody>;
export type StatusBody = z.infer<typeof statusBody>;
export type VersionBody = z.infer<typeof versionBody>;
export type CheckedBody = z.infer<typeof checkedBody>;
export type CodeBody = z.infer<typeof codeBody>;
export type RunBody = z.infer<typeof runBody>;
export type WholeRunBody = z.infer<typeof wholeRunBody>;
export type LogLineBody = z.infer<typeof logLineBody>;
export type OrderBody = z.infer<typeof orderBody>;
export type FillBody = z.infer<typeof fillBody>;
export type HoldingsBody = z.infer<typeof holdingsBody>;
export type OwnerBody = z.infer<typeof ownerBody>;
export type EquityPointBody = z.infer<typeof equityPointBody>;
