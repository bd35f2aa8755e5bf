import { testRuntime } from "@shoal/testkit";
import {
  decimal,
  EXCHANGE_TIMES,
  type ExchangeOrder,
  type ExchangePort,
  type ReadResult,
  type SendResult,
  ZERO,
} from "@shoal/trading";
import { describe, expect, it, onTestFinished } from "vitest";
import { createAccounts } from "./accounts.ts";
import { createDispatch, type Dispatched } from "./dispatch.ts";
import type { ClaimedOrder, OrderRow } from "./order-row.ts";

const NOW = 1_000_000;
const { settledAfterMs, sendWithinMs } = EXCHANGE_TIMES;

const row: OrderRow = {
  ...{ id: "0dde0000-0000-4000-8000-000000000001", strategy_id: "s", owner_id: "o", epoch: "1" },
  ...{ venue: "binance", symbol: "BTC/USDT", side: "buy", type: "limit", quantity: "10", price: "100.50" },
  ...{ status: "intended", filled: "0", is_cancel_wanted: false, attempts: 0, placed_ms: NOW - 500, sent_ms: null },
  ...{ fill_ids: [], secret_name: "main", secret_version: "1", is_secret_refused: false, now_ms: NOW },
};
const atExchange = (order: Partial<ExchangeOrder> = {}): ExchangeOrder => ({
  ...{ exchangeId: "28", state: "open", filledQuantity: ZERO, fills: [], ...order },
});
const trade = (id: string, quantity: string) => ({
  ...{ id, price: decimal("100"), quantity: decimal(quantity), fee: decimal("0.1") },
  ...{ feeCurrency: "USDT", liquidity: "taker" as const, atMs: NOW },
});
const silent = { kind: "unknown", message: "no answer" } as const;

interface World {
  readonly send?: SendResult;
  readonly read?: ReadResult;
  readonly maySend?: boolean;
  /** How long each call takes. */
  readonly callMs?: number;
}

/** A dispatch with one exchange whose answers are given. `steps`: what it did, in order. */
function dispatchOf({ send = silent, read = silent, maySend = true, callMs = 0 }: World = {}) {
  // Without jitter.
  const runtime = { ...testRuntime(), rng: { next: () => 0.5 } };
  const steps: string[] = [];
  const answer = async <Result>(step: string, result: Result): Promise<Result> => {
    steps.push(step);
    await runtime.clock.advance(callMs);
    return result;
  };
  const port = {
    send: ({ clientId, quantity, price }, { beginBeforeMs }) =>
      answer(
        `send ${clientId.slice(0, 4)} ${quantity} at ${price}, within ${beginBeforeMs - runtime.clock.monotonicMs()}`,
        send,
      ),
    read: ({ symbol }) => answer(`read ${symbol}`, read),
    cancel: ({ symbol }) => answer(`cancel ${symbol}`, read),
    instruments: () => Promise.reject(new Error("not asked")),
    balances: () => Promise.reject(new Error("not asked")),
  } satisfies ExchangePort;
  const accounts = createAccounts({
    ...{ runtime, callsPerAccount: 8, callsPerVenue: 32, onFree: () => {} },
    openKeys: async () => ({ apiKey: "k", secret: "s" }),
    openExchange: () => port,
  });
  onTestFinished(() => accounts.close());
  const dispatch = createDispatch({
    ...{ runtime, accounts, onKeyRefused: () => steps.push("key refused, said") },
    secrets: {
      refused: async (...given) => {
        steps.push(`refused ${given.join(" ")}`);
        return true;
      },
    },
    beginSend: () => answer("written as sent", maySend),
  });
  const run = (changes: Partial<OrderRow> = {}, signal = new AbortController().signal) => {
    const order: ClaimedOrder = {
      ...{ id: row.id, row: { ...row, ...changes }, receivedAtMs: runtime.clock.monotonicMs() },
      ...{ payload: null, attempt: 1, maxAttempts: Number.MAX_SAFE_INTEGER },
    };
    return dispatch(order, signal);
  };
  return { run, steps, accounts, runtime };
}

const shown = (dispatched: Dispatched | null) => {
  if (!dispatched) return "nothing";
  const { settled, failureCode } = dispatched;
  const { status, reason, fills, checkAtMs } = settled;
  return [
    ...[status, reason?.split(":")[0], fills.length > 0 && `fills ${fills.map(({ id }) => id.slice(37)).join()}`],
    ...[failureCode, `in ${Math.round(checkAtMs - NOW)}`],
  ]
    .filter(Boolean)
    .join(", ");
};

describe("an intent", () => {
  it("is written down as sent before it is sent, with its own id", async () => {
    const { run, steps } = dispatchOf({ send: { kind: "accepted", order: atExchange({ fills: [trade("t", "4")] }) } });
    expect(shown(await run())).toMatch(/^open, fills t, in/);
    expect(steps).toEqual(["written as sent", `send 0dde 10 at 100.5, within ${sendWithinMs}`]);
  });

  it.each<[string, World, Partial<OrderRow>, string]>([
    ["is not sent where others have it, or where it is not wanted any more", { maySend: false }, {}, "nothing"],
    ["is unknown after silence, and looked for at once", {}, {}, "unknown, TRADING_EXCHANGE_SILENT, in 0"],
    [
      "ends where the exchange rejects it",
      { send: { kind: "rejected", code: "TRADING_EXCHANGE_CLOSED", message: "no" } },
      {},
      "rejected, TRADING_EXCHANGE_CLOSED, in 0",
    ],
    [
      "stays one where the exchange asks for a pause",
      { send: { kind: "later", retryAfterMs: 7_000, message: "slow" } },
      {},
      "intended, TRADING_EXCHANGE_LATER, in 7000",
    ],
    [
      "ends unsent where it is not wanted any more",
      {},
      { is_cancel_wanted: true },
      "cancelled, TRADING_CANCELLED, in 0",
    ],
    ["is sent while it is not too old", {}, { placed_ms: NOW - 299_000 }, "unknown, TRADING_EXCHANGE_SILENT, in 0"],
    [
      "ends unsent where it could not be sent for long",
      {},
      { placed_ms: NOW - 301_000 },
      "rejected, STRATEGY_ORDER_EXPIRED, in 0",
    ],
    [
      "ends for its age, whatever else keeps it from being sent",
      {},
      { placed_ms: NOW - 301_000, is_secret_refused: true },
      "rejected, STRATEGY_ORDER_EXPIRED, in 0",
    ],
    [
      "is looked for where it may have been sent, however old it is",
      { read: { kind: "found", order: atExchange() } },
      { placed_ms: NOW - 301_000, status: "unknown", sent_ms: NOW - 290_000 },
      "open, in 2000",
    ],
    ["ends unsent where its keys are refused", {}, { is_secret_refused: true }, "rejected, STRATEGY_KEY_REFUSED, in 0"],
    ["ends unsent where its keys are gone", {}, { secret_version: null }, "rejected, STRATEGY_SECRET_MISSING, in 0"],
  ])("%s", async (_what, world, changes, expected) => {
    const { run } = dispatchOf(world);
    expect(shown(await run(changes)).replace(/in -\d+/, "in 0")).toBe(expected);
  });

  it("pauses its strategy, which was started again with keys that are refused", async () => {
    const { run, steps } = dispatchOf();
    await run({ is_secret_refused: true });
    await run({ is_secret_refused: true, status: "open", sent_ms: NOW });
    expect(steps).toEqual([expect.stringMatching(/^refused o main 1 /)]);
  });

  it("begins in time by the clock from before it was written down, however long that took", async () => {
    const { run, steps } = dispatchOf({ callMs: 1_000 });
    await run();
    expect(steps.at(-1)).toContain(`within ${sendWithinMs - 1_000}`);
  });

  it("is not even written down as sent once its signal has aborted", async () => {
    const { run, steps } = dispatchOf();
    expect(await run({}, AbortSignal.abort())).toBeNull();
    expect(steps).toEqual([]);
  });
});

describe("an order that may be at the exchange", () => {
  const sent = { status: "sent", sent_ms: NOW - 10 } as const;
  const absent = { kind: "absent" } as const;
  it.each<[string, World, Partial<OrderRow>, string]>([
    ["is read, not sent", { read: { kind: "found", order: atExchange() } }, sent, "open, in 2000"],
    ["is not believed absent at first", { read: absent }, sent, "unknown, in 500"],
    [
      "is an intent again once it cannot arrive any more",
      { read: absent },
      { status: "unknown", sent_ms: NOW - settledAfterMs },
      "intended, in 0",
    ],
    [
      "counts each trade once",
      { read: { kind: "found", order: atExchange({ fills: [trade("1", "4"), trade("2", "5")] }) } },
      { ...sent, status: "open", filled: "4", fill_ids: [`${row.id}:1`] },
      "open, fills 2, in 2000",
    ],
    [
      "is over when all is filled",
      { read: { kind: "found", order: atExchange({ state: "filled", fills: [trade("1", "4"), trade("2", "6")] }) } },
      { ...sent, status: "open", filled: "4", fill_ids: [`${row.id}:1`] },
      "filled, fills 2, in 2000",
    ],
    ["waits for other keys where they are refused", {}, { ...sent, is_secret_refused: true }, "sent, in 300000"],
    [
      "waits for other keys where they are gone",
      {},
      { ...sent, status: "open", secret_version: null },
      "open, in 300000",
    ],
  ])("%s", async (_what, world, changes, expected) => {
    const { run, steps } = dispatchOf(world);
    expect(shown(await run(changes))).toBe(expected);
    expect(steps.some((step) => step.startsWith("send") || step.startsWith("written"))).toBe(false);
  });

  it("is cancelled where that is wanted, once it is known to be there", async () => {
    const found = { kind: "found", order: atExchange({ state: "cancelled" }) } as const;
    const wanted = { is_cancel_wanted: true };
    const unknown = dispatchOf({ read: found });
    await unknown.run({ ...sent, ...wanted });
    expect(unknown.steps).toEqual(["read BTC/USDT"]);
    const open = dispatchOf({ read: found });
    expect(shown(await open.run({ ...sent, ...wanted, status: "open" }))).toBe("cancelled, TRADING_CANCELLED, in 2000");
    expect(open.steps).toEqual(["cancel BTC/USDT"]);
  });

  it("is absent as of when the look began: the answer may be old when it comes", async () => {
    const young = { status: "unknown", sent_ms: NOW - settledAfterMs + 1 } as const;
    const { run } = dispatchOf({ read: absent, callMs: 9_000 });
    expect(shown(await run(young))).toMatch(/^unknown/);
  });
});

describe("an account", () => {
  const later = { kind: "later", retryAfterMs: 7_000, message: "slow" } as const;

  it("is left alone for as long as its exchange asks, and no other is", async () => {
    const { run, steps, accounts, runtime } = dispatchOf({ send: later, read: later });
    await run();
    expect(accounts.held()).toEqual({ accounts: ["o:main"], venues: [] });
    steps.length = 0;
    expect(shown(await run({ status: "open", sent_ms: NOW }))).toBe("open, in 7000");
    expect(steps).toEqual([]);
    await run({ owner_id: "p", status: "open", sent_ms: NOW });
    expect(steps).toEqual(["read BTC/USDT"]);
    await runtime.clock.advance(7_000);
    expect(accounts.held()).toEqual({ accounts: [], venues: [] });
  });

  it.each<[string, Partial<OrderRow>, string]>([
    ["a send", {}, "rejected, TRADING_EXCHANGE_KEY_REFUSED"],
    ["a look", { status: "open", sent_ms: NOW }, "open"],
  ])("whose keys are refused is marked, by %s", async (_what, changes, expected) => {
    const refused = { kind: "key-refused", message: "Invalid API-key" } as const;
    const { run, steps } = dispatchOf({ send: refused, read: refused });
    expect(shown(await run(changes))).toContain(expected);
    expect(steps.slice(-2)).toEqual(["refused o main 1 Invalid API-key", "key refused, said"]);
  });
});

describe("text of an exchange", () => {
  it("keeps no order from being written, however long or strange it is", async () => {
    const message = `\0\ud800${"x".repeat(10_000)}`;
    const { run } = dispatchOf({ send: { kind: "rejected", code: "TRADING_EXCHANGE_REFUSED", message } });
    const reason = (await run())?.settled.reason ?? "";
    expect([reason.length, reason.isWellFormed(), reason.includes("\0")]).toEqual([300, true, false]);
  });
});
