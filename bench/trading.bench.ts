/**
 * What one candle costs in a paper book. Beside it the least that a backtest could do, in doubles: cash, position and fee, without
 * reservations, checks or exactness. The least of several rounds counts, for a busy machine only ever adds.
 */
import { createInstrument, createPaperBook, type PaperBook, type PaperCandle, place, step } from "@shoal/trading";
import type { Benchmark } from "./benchmark.ts";

const MINUTE_MS = 60_000;
/** A backtest is to do 3,000 steps a second, of which the sandbox takes 300 µs each. */
const TARGET_MICROS = 20;
const ROUNDS = 7;

interface Doubles {
  cash: number;
  held: number;
}

const benchmark: Benchmark = {
  name: "trading",
  summary: "a candle in a paper book: without orders, with four that wait, with one filled; beside bare doubles",
  async run({ quick }) {
    const candles = makeCandles(quick ? 3_000 : 50_000);
    const stepOnly = (book: PaperBook, candle: PaperCandle) => step(book, candle).book;
    const idleMicros = leastMicros(candles, makeBook, stepOnly);
    const waitingMicros = leastMicros(candles, () => withWaitingOrders(makeBook()), stepOnly);
    const filledMicros = leastMicros(candles, makeBook, placeAndStep);
    const doublesMicros = leastMicros(candles, () => ({ cash: 1e6, held: 0 }), tradeInDoubles);
    const targetsMissed = Object.entries({ waitingMicros, filledMicros })
      .filter(([, micros]) => !quick && micros > TARGET_MICROS)
      .map(([name, micros]) => `${name} is ${micros}, the target ${TARGET_MICROS}`);
    return { candles: candles.length, idleMicros, waitingMicros, filledMicros, doublesMicros, targetsMissed };
  },
};

export default benchmark;

/** Prices with two digits after the point that go up and down. */
function makeCandles(count: number): PaperCandle[] {
  const price = (index: number, up: number) => Math.round(2_700_000 + 50_000 * Math.sin(index / 20) + up) / 100;
  return Array.from({ length: count }, (_, index) => ({
    symbol: "BTC/USDT",
    openMs: index * MINUTE_MS,
    open: price(index, 0),
    high: price(index, 3_517),
    low: price(index, -2_941),
    close: price(index, 811),
    volume: (index % 977) / 8,
  }));
}

function makeBook(): PaperBook {
  const [symbol, base, quote] = ["BTC/USDT", "BTC", "USDT"];
  const instrument = createInstrument({ symbol, base, quote, tick: "0.01", lot: "0.00001", smallestNotional: "5" });
  return createPaperBook({ instruments: [instrument], cash: { USDT: "1000000" } });
}

function withWaitingOrders(book: PaperBook): PaperBook {
  const placeFar = (before: PaperBook, price: string, index: number) =>
    take(before, "limit", `${index}`, "0.1", 0, price);
  return ["10000", "11000", "12000", "13000"].reduce(placeFar, book);
}

function placeAndStep(book: PaperBook, candle: PaperCandle, index: number): PaperBook {
  const ready = index === 0 ? book : take(book, "market", "1", "0.01234", candle.openMs, undefined, index % 2 === 0);
  return step(ready, candle).book;
}

function take(
  book: PaperBook,
  type: "market" | "limit",
  id: string,
  quantity: string,
  nowMs: number,
  price?: string,
  isSale = false,
): PaperBook {
  const order = { id, symbol: "BTC/USDT", side: isSale ? "sell" : "buy", type, quantity } as const;
  const result = place(book, price === undefined ? order : { ...order, price }, nowMs);
  if (result.kind === "refused") throw new Error(result.message);
  return result.book;
}

function tradeInDoubles({ cash, held }: Doubles, { open }: PaperCandle, index: number): Doubles {
  const quantity = index % 2 === 0 ? -0.01234 : 0.01234;
  const value = Number(open) * quantity;
  return { cash: cash - value - Math.abs(value) * 0.001, held: held + quantity };
}

function leastMicros<State>(
  candles: readonly PaperCandle[],
  start: () => State,
  next: (state: State, candle: PaperCandle, index: number) => State,
): number {
  const rounds = Array.from({ length: ROUNDS }, () => {
    let state = start();
    const startedMs = performance.now();
    for (const [index, candle] of candles.entries()) state = next(state, candle, index);
    return (performance.now() - startedMs) * 1_000;
  });
  return Math.round((Math.min(...rounds) / candles.length) * 100) / 100;
}
