import { type Candles, indexFrom } from "@shoal/market";
import {
  type CandlesNeed,
  type CheckedCode,
  type Journal,
  type JsonObject,
  type OrderIntent,
  type RunError,
  rerun,
  type StrategyRunner,
} from "@shoal/strategy-runner";
import { compare, parseDecimal } from "@shoal/trading";
import { findSeries } from "../step.ts";
import { type MissingCandles, missingCandles, newestOpenMs } from "./missing-candles.ts";

/** How the orders of a run differ between two codes. */
export interface OrderDifference {
  readonly onlyOld: readonly OrderIntent[];
  readonly onlyNew: readonly OrderIntent[];
  /** Of one symbol, side and type; quantity or price differ. */
  readonly changed: readonly { readonly old: OrderIntent; readonly new: OrderIntent }[];
  readonly equalCount: number;
}

/** What other code would have done in a recorded run. */
export type ShadowRun =
  | (OrderDifference & {
      readonly kind: "compared";
      /** Why the new code would have failed, and so ordered nothing; null: it would not. */
      readonly error: RunError | null;
      /** Calls that the recorded run did not make: they failed, because nobody knows what the answer would have been. */
      readonly unansweredCount: number;
      /** Series of which it saw fewer candles than it wants: no run has seen those, so that they were not kept. */
      readonly short: readonly (CandlesNeed & { readonly givenCount: number })[];
    })
  | { readonly kind: "impossible"; readonly missing: readonly MissingCandles[] };

/**
 * Runs other code on what came into a recorded run: state, money, orders and candles of then, with settings of now. Nothing is placed.
 * @throws STRATEGY_JOURNAL_CHANGED
 */
export async function shadowRun(
  journal: Journal,
  given: {
    readonly runner: Pick<StrategyRunner, "run">;
    readonly code: CheckedCode;
    readonly candles: readonly Candles[];
    /**
     * The owner's settings for the new code, over its own defaults. Those of the journal will not do: they hold the defaults of the old code, as
     * if the owner had set them.
     */
    readonly config: JsonObject;
  },
): Promise<ShadowRun> {
  const { runner, code, candles, config } = given;
  // Only those that the new code needs: the others it does not see.
  const isNeeded = (one: { symbol: string; timeframe: string }) =>
    code.needs.candles.some(({ symbol, timeframe }) => symbol === one.symbol && timeframe === one.timeframe);
  const missing = missingCandles(journal, candles).filter(isNeeded);
  if (missing.length > 0) return { kind: "impossible", missing };
  const report = await rerun(journal, code, { runner, candles, config });
  const { recorded, outcome, otherCalls } = report;
  return {
    kind: "compared",
    ...compareOrders(placedBy(recorded), placedBy(outcome)),
    error: outcome.error ?? null,
    unansweredCount: otherCalls.length,
    short: shortOf(journal, code, candles),
  };
}

function shortOf(journal: Journal, { needs }: CheckedCode, given: readonly Candles[]) {
  return needs.candles.flatMap((need) => {
    const known = findSeries(given, need);
    const givenCount = known === undefined ? 0 : indexFrom(known, newestOpenMs(journal, need) + 1);
    return givenCount < need.count ? [{ ...need, givenCount }] : [];
  });
}

/** A run that failed has placed nothing. */
function placedBy({ result, intents }: { readonly result: string; readonly intents: readonly OrderIntent[] }) {
  return result === "ok" ? intents : [];
}

/** Compares what two runs wanted: equal ones first, then those of one symbol, side and type in their order. */
export function compareOrders(old: readonly OrderIntent[], made: readonly OrderIntent[]): OrderDifference {
  const equal = pairs(old, made, isEqual);
  const changed = pairs(equal.leftOld, equal.leftNew, isAlike);
  return {
    onlyOld: changed.leftOld,
    onlyNew: changed.leftNew,
    changed: changed.found,
    equalCount: equal.found.length,
  };
}

function pairs(
  old: readonly OrderIntent[],
  made: readonly OrderIntent[],
  fits: (old: OrderIntent, made: OrderIntent) => boolean,
) {
  const leftNew = [...made];
  const leftOld: OrderIntent[] = [];
  const found: { old: OrderIntent; new: OrderIntent }[] = [];
  for (const each of old) {
    const at = leftNew.findIndex((other) => fits(each, other));
    const [match] = at < 0 ? [] : leftNew.splice(at, 1);
    if (match) found.push({ old: each, new: match });
    else leftOld.push(each);
  }
  return { found, leftOld, leftNew };
}

function isEqual(old: OrderIntent, made: OrderIntent): boolean {
  if (old.kind === "cancel" || made.kind === "cancel") {
    return old.kind === "cancel" && made.kind === "cancel" && old.orderId === made.orderId;
  }
  return isAlike(old, made) && isSameNumber(old.quantity, made.quantity) && isSameNumber(old.price, made.price);
}

function isAlike(old: OrderIntent, made: OrderIntent): boolean {
  if (old.kind === "cancel" || made.kind === "cancel") return false;
  return old.symbol === made.symbol && old.side === made.side && old.type === made.type;
}

/** `0.50` and `0.5` are one quantity. */
function isSameNumber(left: string | undefined, right: string | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  const [one, other] = [parseDecimal(left), parseDecimal(right)];
  return one === null || other === null ? left === right : compare(one, other) === 0;
}
