import { BacktestError } from "../errors.ts";

/**
 * One fold of a walk-forward: parameters are chosen on steps `0` to `cut`, and then tried on steps `cut` to `end`, which come later.
 * Both are counts of steps from the start of the backtest; `end` is not part of the fold.
 */
export interface Fold {
  readonly cut: number;
  readonly end: number;
}

/** Fewer steps say nothing about a strategy: their Sharpe ratio is noise. */
export const FEWEST_STEPS = 20;

/**
 * Cuts `stepCount` steps into `foldCount` folds: one block more than there are folds, as equal as possible. Each block but the first
 * is the out-of-sample part of one fold, and all before it the in-sample part, as somebody would have known it then.
 * @throws BACKTEST_FOLDS where a block would be shorter than `FEWEST_STEPS`
 * @source R. Pardo, "The Evaluation and Optimization of Trading Strategies", 2nd edition, chapter 11; here with the anchored window
 */
export function walkForwardFolds(stepCount: number, foldCount: number): Fold[] {
  const cutAt = (block: number) => Math.floor((stepCount * block) / (foldCount + 1));
  if (Math.floor(stepCount / (foldCount + 1)) < FEWEST_STEPS) {
    const message = `${stepCount} candles are too few for ${foldCount} folds of at least ${FEWEST_STEPS} candles and as many before them; take fewer folds or more candles`;
    throw new BacktestError("BACKTEST_FOLDS", message, { details: { stepCount, foldCount } });
  }
  return Array.from({ length: foldCount }, (_, fold) => ({ cut: cutAt(fold + 1), end: cutAt(fold + 2) }));
}
