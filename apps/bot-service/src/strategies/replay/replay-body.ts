import type { Journal, OrderView, PortfolioView, RunResult } from "@shoal/strategy-runner";
import { z } from "zod";
import { uuid } from "../../uuid.ts";
import type { Replayed } from "./replay-run.ts";

const decimal = z.string();
const json = z.record(z.string(), z.unknown());
const side = z.enum(["buy", "sell"]);
const orderType = z.enum(["market", "limit", "stop"]);

const portfolio = z.object({
  ...{ currency: z.string(), cash: decimal, equity: decimal },
  positions: z.array(z.object({ symbol: z.string(), quantity: decimal, average_price: decimal })),
});
const openOrder = z.object({
  ...{ id: z.string(), symbol: z.string(), side, type: orderType },
  ...{ quantity: decimal, filled_quantity: decimal, price: decimal.nullable() },
});
const call = z.object({
  number: z.int().describe("From 1, of all calls of `ctx`"),
  name: z.string(),
  arguments: z.array(z.string()).describe("As they stand in a source, long ones cut"),
  fuel: z.int().describe("Units burned before it"),
  outcome: z
    .enum(["answered", "refused", "waits", "ended"])
    .describe("`refused`: it threw in the strategy; `waits`: there was no answer yet; `ended`: the run ended in it"),
  answer: z
    .string()
    .describe("As it stands in a source, or why it was refused; of series how many values and the newest"),
});

/** A kept run, done again. */
export const replayBody = z.object({
  run_id: uuid,
  strategy_id: uuid,
  at: z.iso.datetime().describe("`ctx.now`"),
  is_same_build: z
    .boolean()
    .describe(
      "False: another build of the engine recorded it; then calls are not known, and fuel and memory not compared",
    ),
  is_equal: z.boolean().nullable().describe("Whether all came to what was recorded; null where it was stopped"),
  differences: z.array(z.object({ field: z.string(), recorded: z.unknown(), replayed: z.unknown() })),
  fuel_limit: z.int(),
  before: z
    .object({ config: json, state: json, portfolio, open_orders: z.array(openOrder) })
    .describe("What `ctx` showed when the run began; of it only the state changes"),
  calls: z
    .array(call)
    .describe("The newest up to the stop or the end; for earlier ones stop before the first of these"),
  stopped: z
    .object({ number: z.int(), name: z.string(), arguments: z.array(z.string()), state: json })
    .nullable()
    .describe(
      "The call before which it was stopped, and the state as the strategy would have read it; null: it was done to its end",
    ),
  result: z
    .object({
      outcome: z.enum(["ok", "failed"]),
      error: z
        .object({ code: z.string(), message: z.string(), line: z.int().nullable(), column: z.int().nullable() })
        .nullable(),
      orders: z.array(
        z.object({
          ...{ kind: z.enum(["place", "cancel"]), order_id: z.string().nullable(), symbol: z.string().nullable() },
          ...{
            side: side.nullable(),
            type: orderType.nullable(),
            quantity: decimal.nullable(),
            price: decimal.nullable(),
          },
        }),
      ),
      state_patch: json.describe("Null stands for a key that is gone"),
      logs: z.array(z.object({ level: z.enum(["info", "warn", "error"]), text: z.string() })),
      notifications: z.array(z.string()),
      fuel: z.int(),
    })
    .nullable()
    .describe("What the run came to now; null where it was stopped"),
});
type ReplayOrder = NonNullable<ReplayBody["result"]>["orders"][number];
export type ReplayBody = z.infer<typeof replayBody>;

type Done = Extract<Replayed, { readonly kind: "replayed" }>;

/** Writes a replay as the HTTP API answers it. */
export function replayBodyOf(runId: string, journal: Journal, done: Done): ReplayBody {
  const { strategyId, nowMs, fuel, config, state, portfolio: money, openOrders } = journal;
  const { stopped, replayed } = done;
  return {
    run_id: runId,
    strategy_id: strategyId,
    at: new Date(nowMs).toISOString(),
    is_same_build: done.recordedBuildId === undefined,
    is_equal: stopped ? null : done.isEqual,
    differences: done.differences.map(({ field, recorded, replayed: found }) => ({
      ...{ field, recorded: recorded ?? null, replayed: found ?? null },
    })),
    fuel_limit: fuel,
    before: { config, state, portfolio: portfolioOf(money), open_orders: openOrders.map(openOrderOf) },
    calls: (done.calls ?? []).map((each) => ({ ...each, arguments: [...each.arguments] })),
    stopped: stopped ? { ...stopped.call, arguments: [...stopped.call.arguments], state: stopped.state } : null,
    result: stopped ? null : resultOf(replayed),
  };
}

function portfolioOf({ currency, cash, equity, positions }: PortfolioView): ReplayBody["before"]["portfolio"] {
  return {
    ...{ currency, cash, equity },
    positions: positions.map(({ symbol, quantity, averagePrice }) => ({
      ...{ symbol, quantity, average_price: averagePrice },
    })),
  };
}

function openOrderOf({ id, symbol, side: of, type, quantity, filledQuantity, price }: OrderView) {
  return { id, symbol, side: of, type, quantity, filled_quantity: filledQuantity, price: price ?? null } as const;
}

function resultOf({ result, error, intents, statePatch, logs, notifications, fuel }: RunResult) {
  return {
    outcome: result,
    error: error
      ? { code: error.code, message: error.message, line: error.line ?? null, column: error.column ?? null }
      : null,
    orders: intents.map(orderOf),
    state_patch: statePatch,
    logs: [...logs],
    notifications: [...notifications],
    fuel,
  } satisfies ReplayBody["result"];
}

const NO_ORDER: ReplayOrder = {
  kind: "place",
  order_id: null,
  symbol: null,
  side: null,
  type: null,
  quantity: null,
  price: null,
};

function orderOf(intent: RunResult["intents"][number]): ReplayOrder {
  if (intent.kind === "cancel") return { ...NO_ORDER, kind: intent.kind, order_id: intent.orderId };
  const { kind, symbol, side: of, type, quantity, price } = intent;
  return { ...NO_ORDER, kind, symbol, side: of, type, quantity, price: price ?? null };
}
