import { type Clock, MINUTE_MS, SECOND_MS } from "@shoal/kernel";
import type { DeployedRunner } from "./runner.ts";
import { imbalanceOf, type Spread, totalOf } from "./take-up.ts";

/** Time between two turns in which idle bots are given away, in ms: those of the one before run elsewhere by then. */
const EVERY_MS = 2 * SECOND_MS;
/** Of the bots of the fleet, what moves in a turn. */
const TURN_RATIO = 0.05;
/** Turns in a row after which nobody had more bots than before. */
const FRUITLESS_TURNS = 2;
/** Where those who run too few cannot take more, for want of room or of the kind, each try costs a bot two seconds. */
const PAUSE_MS = 5 * MINUTE_MS;

export interface GivingOptions {
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly replicaId: string;
  readonly runner: Pick<DeployedRunner, "giveAway">;
  /** Called when some were given away. */
  readonly onGiven: (count: number) => void;
}

export type Giving = ReturnType<typeof createGiving>;

/** Gives idle bots away, slowly, while others run less than their share. */
export function createGiving({ clock, replicaId, runner, onGiven }: GivingOptions) {
  /** Bots that are ending here because others are to run them. */
  const leaving = new Set<string>();
  let nextAtMs = -Infinity;
  let lackingBefore: number | undefined;
  let fruitlessCount = 0;

  const turn = (lackingCount: number, atMost: number) => {
    nextAtMs = clock.monotonicMs() + EVERY_MS;
    if (lackingBefore !== undefined) fruitlessCount = lackingCount < lackingBefore ? 0 : fruitlessCount + 1;
    lackingBefore = undefined;
    if (fruitlessCount >= FRUITLESS_TURNS) {
      fruitlessCount = 0;
      nextAtMs += PAUSE_MS;
      return;
    }
    const given = runner.giveAway(atMost);
    for (const botId of given) leaving.add(botId);
    if (given.length === 0) return;
    lackingBefore = lackingCount;
    onGiven(given.length);
  };

  return {
    /** Gives some away if it is time to. Returns in how many ms to look again; null: this replica runs no more than its share. */
    look(spread: Spread): number | null {
      const { surplusCount, lackingCount, giverCount } = imbalanceOf(replicaId, spread);
      if (surplusCount === 0 || lackingCount === 0) {
        [lackingBefore, fruitlessCount] = [undefined, 0];
        return null;
      }
      if (surplusCount <= leaving.size) return null;
      const paceCount = Math.ceil((totalOf(spread) * TURN_RATIO) / giverCount);
      if (clock.monotonicMs() >= nextAtMs) turn(lackingCount, Math.min(surplusCount - leaving.size, paceCount));
      return nextAtMs - clock.monotonicMs();
    },
    /** It has not ended, or ended in another way. */
    stays: (botId: string) => void leaving.delete(botId),
    /** It has ended. Returns whether that was to give it away. */
    left: (botId: string) => leaving.delete(botId),
  };
}
