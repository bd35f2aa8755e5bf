import { integer, pick, type Rng } from "@shoal/kernel";
import {
  countedIds,
  createSimulatedClock,
  type Misbehaviour,
  type SimulatedClock,
  type StandInExchange,
  seededRng,
  soakRuns,
  standInExchange,
} from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { formatDecimal } from "../../decimal.ts";
import { EXCHANGE_TIMES, type ExchangePort } from "../../exchange/exchange.types.ts";
import {
  afterRead,
  afterSend,
  beginSend,
  intendedOrder,
  nextOrderStep,
  type OrderProgress,
  type ProgressStep,
  wantCancel,
} from "../../exchange/order-progress.ts";
import { createInstrument } from "../../instrument.ts";
import { filledQuantityOf } from "../../order.state.ts";
import { balanceOf, createPaperBook, type PaperBook } from "../../paper/book.ts";
import type { PaperOrder } from "../../paper/order.ts";
import { step } from "../../paper/step.ts";
import { applyVenueFill, closeVenueOrder, placeForVenue } from "../../venue/venue-book.ts";
import { createCcxtExchanges } from "./index.ts";

const SYMBOL = "BTC/USDT";
const BITCOIN = createInstrument({
  symbol: SYMBOL,
  base: "BTC",
  quote: "USDT",
  tick: "0.01",
  lot: "0.00001",
  smallestNotional: "5",
});

const status = (code: number): Misbehaviour["answer"] => ({ status: code });
/** What a send meets. One that is silent may belong to a sender that dies while it waits. */
const SENDS: readonly (Misbehaviour | null)[] = [
  ...[null, null, null, null],
  ...(["hang up", "half and hang up", "garbage", "twice", "half", "silence", "huge"] as const).map((answer) => ({
    answer,
  })),
  ...([503, 504, 403] as const).map((code) => ({ answer: { ...{ status: code, body: "<html>" } } })),
  ...(["hang up", "silence"] as const).map((answer): Misbehaviour => ({ works: "never", answer })),
  ...([429, 418, 500] as const).map((code): Misbehaviour => ({ works: "never", answer: status(code) })),
  { works: "on release", answer: "silence" },
  { works: "on release", answer: "silence" },
  { works: "on release", answer: "hang up" },
];
const LOOKS: readonly (Misbehaviour | null)[] = [
  ...[null, null, null, null, null, null],
  ...(["hang up", "garbage", "half", "silence"] as const).map((answer) => ({ answer })),
  ...[429, 500].map((code) => ({ answer: status(code) })),
];

/** Sends one order at a time, as a dispatcher does that stores what it knows and dies now and then. */
class Sender {
  book: PaperBook;
  readonly #exchange: StandInExchange;
  readonly #port: ExchangePort;
  readonly #clock: SimulatedClock;
  readonly #rng: Rng;

  constructor(exchange: StandInExchange, clock: SimulatedClock, rng: Rng) {
    this.#exchange = exchange;
    this.#clock = clock;
    this.#rng = rng;
    const settings = { binance: { ...exchange.ccxtSettings, milliseconds: () => clock.now() } };
    const { apiKey, secret } = exchange;
    this.#port = createCcxtExchanges({ runtime: { clock }, settings }).account("binance", { apiKey, secret });
    const empty = createPaperBook({ instruments: [BITCOIN], cash: { USDT: "10000", BTC: "10" } });
    const price = { open: 100, high: 100, low: 100, close: 100, volume: 1 };
    this.book = step(empty, { symbol: SYMBOL, openMs: 0, ...price }).book;
  }

  /** Returns what is known of the order in the end. */
  async carryThrough(order: PaperOrder): Promise<OrderProgress> {
    let progress = intendedOrder({ kind: "intended", openQuantity: order.quantity });
    const write = (step: ProgressStep) => {
      progress = step.progress;
      const trade = { orderId: order.id, symbol: SYMBOL, side: order.side };
      for (const { id, ...fill } of step.newFills)
        this.book = applyVenueFill(this.book, { ...trade, ...fill, fillId: id }).book;
    };
    for (;;) {
      const nowMs = this.#clock.now();
      if (this.#chance(40)) progress = wantCancel(progress, nowMs);
      const step = nextOrderStep(progress, nowMs);
      if (step.kind === "done") {
        this.book = closeVenueOrder(this.book, order.id, "over");
        return progress;
      }
      if (step.kind === "wait") await this.#wait(step.untilMs - nowMs);
      if (step.kind === "send") {
        progress = beginSend(progress, nowMs);
        const result = await this.#question("POST /api/v3/order", SENDS, (signal) => this.#send(order, signal));
        if (result !== null) write(afterSend(progress, result, this.#clock.now(), this.#rng));
      }
      if (step.kind === "read" || step.kind === "cancel") {
        this.#tradeSome(order);
        const result = await this.#question("GET /api/v3/order", LOOKS, (signal) =>
          this.#port[step.kind as "read" | "cancel"]({ clientId: order.id, symbol: SYMBOL }, signal),
        );
        if (result !== null) write(afterRead(progress, result, this.#clock.now(), this.#rng));
      }
    }
  }

  #send({ id: clientId, side, type, quantity, price }: PaperOrder, signal: AbortSignal) {
    const asked = { clientId, symbol: SYMBOL, side, type, quantity: formatDecimal(quantity) };
    const beginBeforeMs = this.#clock.monotonicMs() + EXCHANGE_TIMES.sendWithinMs;
    return this.#port.send({ ...asked, ...(price && { price: formatDecimal(price) }) }, { beginBeforeMs, signal });
  }

  /** Asks, and returns the answer; null for one who died while waiting for it. */
  async #question<T>(
    route: "POST /api/v3/order" | "GET /api/v3/order",
    ways: readonly (Misbehaviour | null)[],
    ask: (signal: AbortSignal) => Promise<T>,
  ) {
    const way = pick(this.#rng, ways);
    const isHeld = way !== null && (way.answer === "silence" || way.answer === "half");
    if (way !== null) this.#exchange.misbehave(route, way);
    const death = new AbortController();
    const before = this.#exchange.heldCount;
    const asking = ask(death.signal);
    if (isHeld) {
      await Promise.race([this.#exchange.held(before + 1), asking]);
      if (this.#chance(2)) {
        death.abort();
        await asking;
        return null;
      }
      await this.#clock.advance(EXCHANGE_TIMES.requestMs);
    }
    return await asking;
  }

  /** Time passes, and what was held up on the way arrives somewhere in it. */
  async #wait(ms: number): Promise<void> {
    const arrivesMs = integer(this.#rng, 0, ms);
    await this.#clock.advance(arrivesMs);
    this.#exchange.release();
    await this.#clock.advance(ms - arrivesMs);
  }

  #tradeSome({ id }: PaperOrder): void {
    const open = this.#exchange.orders.find(
      ({ clientId, status: state }) => clientId === id && /NEW|PARTIALLY/.test(state),
    );
    if (open === undefined || this.#chance(2)) return;
    this.#exchange.fill(id, this.#chance(2) ? undefined : "0.00001");
  }

  /** One in so many. */
  #chance(of: number): boolean {
    return integer(this.#rng, 1, of) === 1;
  }
}

async function sendMany(seed: number, count: number) {
  await using exchange = await standInExchange({ now: () => clock.now() });
  const clock = createSimulatedClock();
  const rng = seededRng(seed);
  const ids = countedIds();
  const sender = new Sender(exchange, clock, rng);
  const ended = new Map<string, OrderProgress>();
  for (let at = 0; at < count; at += 1) {
    const type = pick(rng, ["market", "limit"] as const);
    const side = pick(rng, ["buy", "sell"] as const);
    const price = type === "limit" ? { price: side === "buy" ? "90.01" : "110.01" } : {};
    const order = {
      id: ids.uuid(),
      symbol: SYMBOL,
      side,
      type,
      quantity: `0.${integer(rng, 10_000, 20_000)}`,
      ...price,
    };
    const placed = placeForVenue(sender.book, order, clock.now());
    if (placed.kind === "refused") throw new Error(placed.code);
    sender.book = placed.book;
    ended.set(order.id, await sender.carryThrough(placed.order));
  }
  await clock.advance(EXCHANGE_TIMES.settledAfterMs);
  exchange.release();
  return { exchange, ended, book: sender.book };
}

describe("fifty orders to an exchange that hangs up, is silent, late, or talks rubbish", () => {
  const seeds = Array.from({ length: soakRuns(2, 200) }, (_, at) => at + 1);
  it.each(seeds)("are there once each, known here to the last trade and coin (seed %d)", async (seed) => {
    const { exchange, ended, book } = await sendMany(seed, 50);
    for (const [id, { state, isCancelWanted }] of ended) {
      const there = exchange.orders.filter(({ clientId }) => clientId === id);
      const filled = there.flatMap(({ trades }) => trades).reduce((sum, { quantity }) => sum + quantity, 0n);
      expect([id, there.length]).toEqual([id, there.length === 0 && isCancelWanted ? 0 : 1]);
      expect([id, formatDecimal(filledQuantityOf(state))]).toEqual([id, String(Number(filled) / 1e8)]);
      expect(["filled", "cancelled"]).toContain(state.kind);
    }
    for (const [asset, amount] of exchange.market.balances) {
      expect([asset, Math.round(Number(formatDecimal(balanceOf(book, asset))) * 1e8)]).toEqual([asset, Number(amount)]);
    }
    // The faults have struck: some had to be sent again.
    const sentCount = exchange.requests.filter(({ route }) => route === "POST /api/v3/order").length;
    expect(exchange.orders.length).toBeGreaterThan(30);
    expect(sentCount).toBeGreaterThan(exchange.orders.length);
  });
});
