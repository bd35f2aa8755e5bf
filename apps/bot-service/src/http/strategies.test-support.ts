import { noCandles } from "@shoal/market";
import type { FillBody, OrderBody, RunBody, StatusBody, StrategyLimits } from "../strategies/desk/bodies.ts";
import type { OwnerDesk } from "../strategies/desk/owners.ts";
import type { StrategyDesk } from "../strategies/desk/strategy-desk.types.ts";
import type { ReadRunInputs } from "../strategies/replay/run-inputs.ts";
import type { StrategiesPort } from "./strategies.ts";
import type { ReplayPort } from "./strategy-replay.ts";
import type { SecretsPort } from "./strategy-secrets.ts";

export const STRATEGY_ID = "5a3c1e2d-8e0a-4f5c-9d6a-1f2e3d4c5b6a";
const AT = "2026-01-01T00:00:00.000Z";

const status: StatusBody = {
  ...{ strategy_id: STRATEGY_ID, name: "first", owner_id: null, version: 2, status: "running", status_reason: null },
  ...{ is_executing: false, executionInterval: 60, cron: null, zone: "UTC", venue: "paper", market: "synthetic" },
  ...{ secret: null, created_at: AT, updated_at: AT },
  stats: {
    ...{ total_executions: 1, successful_executions: 1, failed_executions: 0, avg_execution_time: 1.5 },
    ...{ last_execution_at: AT, last_execution_duration: 1.5, next_execution_at: AT, last_error: null },
    ...{ consecutive_failures: 0, missed_executions: 0, skipped_executions: 0, skipped_reason: null, fuel: 7 },
  },
};
const strategy = { ...status, code_id: "c0de", config: {}, account: {}, filter: {} };
const run: RunBody = {
  ...{
    id: STRATEGY_ID,
    strategy_id: STRATEGY_ID,
    epoch: 1,
    version: 2,
    code_id: "c0de",
    build_id: "b",
    planned_at: AT,
  },
  ...{ started_at: AT, duration_ms: 1.5, outcome: "failed", fuel: 7, order_count: 0, equity: "1.5", has_journal: true },
  error: { code: "STRATEGY_THREW", message: "boom", line: 1, column: 2 },
};
const order: OrderBody = {
  ...{ id: STRATEGY_ID, strategy_id: STRATEGY_ID, run_id: STRATEGY_ID, number: 1, venue: "paper", symbol: "BTC/USDT" },
  ...{ side: "buy", type: "limit", quantity: "1", price: "2", status: "open", reason: null, exchange_id: null },
  ...{ filled: "0", average: null, fee: "0", placed_at: AT, updated_at: AT },
};
const fill: FillBody = {
  ...{ id: "f", order_id: STRATEGY_ID, symbol: "BTC/USDT", side: "buy", price: "1", quantity: "1", fee: "0" },
  ...{ fee_currency: "USDT", liquidity: "taker", realised_profit: null, filled_at: AT },
};
const position = { symbol: "BTC/USDT", quantity: "1", cost: "1", realised_profit: "0", paid_fees: "0", updated_at: AT };
const version = { version: 2, code_id: "c0de", config: {}, deployed_at: AT, deployed_by: null };

const ofStatus = async () => status;
const ofStrategy = async () => strategy;

/** Knows one strategy, whatever it is asked. */
const desk: StrategyDesk = {
  ...{ start: ofStatus, stop: ofStatus, pause: ofStatus, resume: ofStatus, restart: ofStatus, execute: ofStatus },
  ...{ status: ofStatus, updateConfig: ofStrategy, rollback: ofStrategy, get: ofStrategy },
  deploy: async () => ({ outcome: "updated", strategy }),
  check: async () => ({ ok: false, diagnostics: [] }),
  remove: async () => {},
  list: async () => [status],
  versions: async () => [version],
  code: async () => ({ ...version, language: "typescript", source: "" }),
  runs: async () => [run],
  run: async () => ({
    ...run,
    ...{ image_hash: "", logs: [{ level: "info", text: "a" }], notifications: ["b"], journal: { version: 1 } },
  }),
  logs: async () => [{ run_id: STRATEGY_ID, epoch: 1, number: 1, at: AT, level: "info", text: "a" }],
  orders: async () => [order],
  fills: async () => [fill],
  positions: async () => ({
    positions: [position],
    balances: [{ currency: "USDT", amount: "1", updated_at: AT }],
    equity: "2",
  }),
  equity: async () => [{ at: AT, equity: "2" }],
  cancelOrder: async () => order,
  close: async () => [],
  activeCount: async () => 1,
};

const ownerOf = (ownerId: string | null) => ({
  ...{ owner_id: ownerId, weight: 1, strategy_limit: null, fuel_per_day: null, fuel_used_today: 7, strategies: 2 },
  ...{ running: 1, run_ms: 5, next_due_at: AT, gone_at: null },
});
export const fakeOwners: OwnerDesk = {
  owners: async () => [ownerOf(null), ownerOf(STRATEGY_ID)],
  setOwner: async (ownerId) => ownerOf(ownerId),
};

export const fakeLimits: StrategyLimits = {
  ...{ fuel: 1, wall_ms: 1, cpu_ms: 1, memory_mb: 1, runs_kept: 1, max_failures: 1, max_kills: 1 },
};
export const fakeStrategies: StrategiesPort = { desk, isOpenToOwners: true };

const readInputs: ReadRunInputs = async (runId) => ({
  ...{ runId, strategyId: STRATEGY_ID, market: "synthetic", journal: "{}" },
  code: { javascript: "", sha256: "", fileName: "strategy.ts", needs: { candles: [] }, config: {} },
  candles: [noCandles({ symbol: "BTC/USDT", timeframe: "1h" })],
});

export const fakeReplay: ReplayPort = {
  readInputs,
  replay: async (runId) => ({
    ...{
      run_id: runId,
      strategy_id: STRATEGY_ID,
      at: AT,
      is_same_build: true,
      is_equal: null,
      differences: [],
      fuel_limit: 9,
    },
    before: {
      ...{ config: {}, state: { seen: 1 }, portfolio: { currency: "USDT", cash: "1", equity: "1", positions: [] } },
      open_orders: [],
    },
    calls: [{ number: 1, name: "state.get", arguments: ['"seen"'], fuel: 5, outcome: "answered", answer: "1" }],
    stopped: { number: 2, name: "log", arguments: ['"info"'], state: { seen: 1 } },
    result: null,
  }),
};

export const fakeSecrets: SecretsPort = {
  put: async () => {},
  list: async () => [
    {
      ...{ name: "mine", keyId: "k", createdAt: new Date(AT), updatedAt: new Date(AT) },
      ...{ refusedAt: null, refusedReason: null },
    },
  ],
  remove: async () => {},
  rotate: async () => ({
    ...{ keyId: "k", dueCount: 3, rotatedCount: 1, failedCount: 1 },
    failures: [{ ownerId: STRATEGY_ID, name: "mine", keyId: "j", code: "STRATEGY_SECRET_KEY_MISSING" }],
    next: { ownerId: STRATEGY_ID, name: "mine" },
  }),
};
