import { type Candles, type ColumnName, indexFrom, noCandles, sliceCandles, timeframeMs } from "@shoal/market";
import type {
  CandlesNeed,
  CheckedCode,
  JsonObject,
  LogLine,
  OrderIntent,
  RunOutcome,
  RunRequest,
} from "@shoal/strategy-runner";
import {
  cancel,
  type Fill,
  orderViews,
  type PaperBook,
  type PaperCandle,
  type PaperOrder,
  type PortfolioView,
  place,
  portfolioView,
  type Refusal,
  step,
} from "@shoal/trading";

/** Runs a strategy once: `StrategyRunner.run`. */
export type RunStrategy = (request: RunRequest, signal?: AbortSignal) => Promise<RunOutcome>;

/** What a strategy has from run to run. Only steps change it. */
export interface StrategyAccount {
  readonly book: PaperBook;
  readonly state: JsonObject;
}

/** One step: a strategy, what it has, and the market. */
export interface StepRequest extends Pick<RunRequest, "answer" | "keepJournal"> {
  readonly strategyId: string;
  readonly code: CheckedCode;
  readonly config: JsonObject;
  readonly account: StrategyAccount;
  /** In which the strategy counts its money. */
  readonly currency: string;
  /** All that is known of the market; of what lies after `nowMs` the strategy sees nothing. */
  readonly series: readonly Candles[];
  readonly nowMs: number;
  readonly seed: string;
  /** Makes the venue's id of an order of its number within the run. */
  readonly orderId: (number: number) => string;
  /** How the book takes what the run wants. Default: as a paper broker. */
  readonly rules?: TradingRules;
}

/** `place` and `cancel` of a book, or what stands for them where an exchange carries them out. */
export interface TradingRules {
  readonly place: typeof place;
  readonly cancel: typeof cancel;
}

/** An order or cancellation that the book did not take. */
export interface RefusedIntent {
  readonly intent: OrderIntent;
  readonly refusal: Refusal;
}

/** What a step did. After a run that failed, the account is the one before it. The log of the outcome also has what the run could not cancel. */
export interface StepResult {
  readonly account: StrategyAccount;
  /** What the strategy saw of its money. Orders that it placed since have changed what is free, and not what it has. */
  readonly portfolio: PortfolioView;
  readonly outcome: RunOutcome;
  readonly placed: readonly PaperOrder[];
  readonly cancelled: readonly PaperOrder[];
  readonly refused: readonly RefusedIntent[];
}

/** Runs a strategy on what is known at `nowMs` and carries out on the paper book what it wants. Live and in a backtest alike. */
export async function stepStrategy(run: RunStrategy, request: StepRequest, signal?: AbortSignal): Promise<StepResult> {
  const { strategyId, code, config, account, currency, series, nowMs, seed, answer, keepJournal } = request;
  const { book, state } = account;
  const candles = code.needs.candles.map((need) => cutCandles(series, need, nowMs));
  const portfolio = portfolioView(book, currency);
  const outcome = await run(
    {
      ...{ strategyId, code, config, state, nowMs, seed, candles, portfolio, openOrders: orderViews(book) },
      ...(answer && { answer }),
      ...(keepJournal === undefined ? {} : { keepJournal }),
    },
    signal,
  );
  if (outcome.result === "failed") return { account, portfolio, outcome, placed: [], cancelled: [], refused: [] };
  const traded = carryOut(book, outcome.intents, request);
  const { placed, cancelled, refused } = traded;
  const next = { book: traded.book, state: patched(state, outcome.statePatch) };
  const refusals = refused.flatMap(refusedCancel);
  const told = refusals.length === 0 ? outcome : { ...outcome, logs: [...outcome.logs, ...refusals] };
  return { account: next, portfolio, outcome: told, placed, cancelled, refused };
}

/** An order that is refused has a row of its own; a cancellation has the log. */
function refusedCancel({ intent, refusal }: RefusedIntent): LogLine[] {
  if (intent.kind !== "cancel") return [];
  return [{ level: "warn", text: `not cancelled: order ${intent.orderId}: ${refusal.code}: ${refusal.message}` }];
}

/** Returns the newest of the candles that were finished at `nowMs`, as many as there are up to the need's count; empty for a series that is not known. */
export function cutCandles(series: readonly Candles[], need: CandlesNeed, nowMs: number): Candles {
  const known = findSeries(series, need);
  if (known === undefined) return noCandles(need);
  const finishedCount = countFinished(known, nowMs);
  return sliceCandles(known, finishedCount - need.count, finishedCount);
}

/** Returns how many of the candles, from the first one on, were finished at `nowMs`. */
export function countFinished(candles: Candles, nowMs: number): number {
  return indexFrom(candles, nowMs - timeframeMs[candles.timeframe] + 1);
}

export function findSeries(
  series: readonly Candles[],
  { symbol, timeframe }: Pick<CandlesNeed, "symbol" | "timeframe">,
) {
  return series.find((each) => each.symbol === symbol && each.timeframe === timeframe);
}

/** Lets the candles happen to the book that closed after `afterMs` and until `untilMs`, in the order in which they began. */
export function settleCandles(
  book: PaperBook,
  series: readonly Candles[],
  afterMs: number,
  untilMs: number,
): { readonly book: PaperBook; readonly fills: Fill[]; readonly changedOrders: PaperOrder[] } {
  const closed = series.flatMap((candles) => closedBetween(candles, afterMs, untilMs));
  if (closed.length > 1) closed.sort((left, right) => left.openMs - right.openMs);
  const fills: Fill[] = [];
  const changedOrders: PaperOrder[] = [];
  let settled = book;
  for (const candle of closed) {
    const done = step(settled, candle);
    settled = done.book;
    fills.push(...done.fills);
    changedOrders.push(...done.changedOrders);
  }
  return { book: settled, fills, changedOrders };
}

/** Gives each symbol the price of the last candle that had closed at `atMs`, while nothing is there yet that it could fill. */
export function withPrices(book: PaperBook, series: readonly Candles[], atMs: number): PaperBook {
  return series.reduce((priced, candles) => {
    const afterMs = atMs - timeframeMs[candles.timeframe];
    return settleCandles(priced, [candles], afterMs, atMs).book;
  }, book);
}

function closedBetween(candles: Candles, afterMs: number, untilMs: number): PaperCandle[] {
  const { symbol, length, openMs } = candles;
  const lastOpenMs = untilMs - timeframeMs[candles.timeframe];
  const closed: PaperCandle[] = [];
  for (let at = countFinished(candles, afterMs); at < length && (openMs[at] as number) <= lastOpenMs; at += 1) {
    const value = (name: ColumnName) => candles[name][at] as number;
    closed.push({
      ...{ symbol, openMs: value("openMs"), open: value("open"), high: value("high") },
      ...{ low: value("low"), close: value("close"), volume: value("volume") },
    });
  }
  return closed;
}

/** Returns the series of each symbol with the shortest candles, which tell most of how a price moved. */
export function finestSeries(series: readonly Candles[]): Candles[] {
  const finest = new Map<string, Candles>();
  for (const candles of series) {
    const other = finest.get(candles.symbol);
    if (!other || timeframeMs[candles.timeframe] < timeframeMs[other.timeframe]) finest.set(candles.symbol, candles);
  }
  return [...finest.values()];
}

function carryOut(
  book: PaperBook,
  intents: readonly OrderIntent[],
  { nowMs, orderId, rules = { place, cancel } }: StepRequest,
) {
  const [placed, cancelled, refused]: [PaperOrder[], PaperOrder[], RefusedIntent[]] = [[], [], []];
  let traded = book;
  for (const intent of intents) {
    const done =
      intent.kind === "cancel"
        ? rules.cancel(traded, intent.orderId)
        : rules.place(traded, { ...intent, id: orderId(intent.number) }, nowMs);
    if (done.kind === "refused") {
      refused.push({ intent, refusal: done });
      continue;
    }
    traded = done.book;
    (done.kind === "placed" ? placed : cancelled).push(done.order);
  }
  return { book: traded, placed, cancelled, refused };
}

/** Keys of the patch take the place of those of the state; null stands for a key that is gone. */
function patched(state: JsonObject, patch: RunOutcome["statePatch"]): JsonObject {
  if (Object.keys(patch).length === 0) return state;
  const all: JsonObject = { ...state, ...patch };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}
