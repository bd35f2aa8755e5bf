import { type Clock, MINUTE_MS, SECOND_MS } from "@shoal/kernel";
import type { DeployedRunner } from "./runner.ts";
import { imbalanceOf, type Spread, totalOf } from "./take-up.ts";

/** Time between two turns in which idle bots are given away, in ms: those of the one before run elsewhere by then. */
const EVERY_MS = 2 * SECOND_MS;
/** Of the bots of the fleet, what moves in a turn. */
const TURN_RATIO = 0.05;
/** How long a bot that was given away is not taken back, in ms: also who hears of it by a pulse alone has taken it by then. */
const AWAIT_MS = 5 * SECOND_MS;
/** Turns in a row before which bots came back. */
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

/** Gives idle bots away, slowly, while others run less than their share. */
export function createGiving({ clock, replicaId, runner, onGiven }: GivingOptions) {
  /** Bots that are ending here because others are to run them. */
  const leaving = new Set<string>();
  /** When bots were given away, in the order of that. */
  const givenAtMs = new Map<string, number>();
  let nextAtMs = -Infinity;
  let hasComeBack = false;
  let fruitlessCount = 0;

  const turn = (atMost: number) => {
    nextAtMs = clock.monotonicMs() + EVERY_MS;
    fruitlessCount = hasComeBack ? fruitlessCount + 1 : 0;
    hasComeBack = false;
    if (fruitlessCount >= FRUITLESS_TURNS) {
      fruitlessCount = 0;
      nextAtMs += PAUSE_MS;
      return;
    }
    const given = runner.giveAway(atMost);
    for (const botId of given) {
      leaving.add(botId);
      givenAtMs.delete(botId);
      givenAtMs.set(botId, clock.monotonicMs());
    }
    if (given.length > 0) onGiven(given.length);
  };

  return {
    /** Gives some away if it is time to. Returns in how many ms to look again; null: this replica runs no more than its share. */
    look(spread: Spread): number | null {
      const { surplusCount, lackingCount, giverCount } = imbalanceOf(replicaId, spread);
      if (surplusCount <= leaving.size || lackingCount === 0) return null;
      const paceCount = Math.ceil((totalOf(spread) * TURN_RATIO) / giverCount);
      if (clock.monotonicMs() >= nextAtMs) turn(Math.min(surplusCount - leaving.size, paceCount));
      return nextAtMs - clock.monotonicMs();
    },
    /** Whether it was given away a moment ago: it is for others. */
    isAwaited: (botId: string) => clock.monotonicMs() < (givenAtMs.get(botId) ?? -Infinity) + AWAIT_MS,
    /** This replica takes these bots up: where one of them was given away, nobody wanted it. */
    takes(botIds: Iterable<string>): void {
      for (const botId of botIds) hasComeBack = givenAtMs.delete(botId) || hasComeBack;
      for (const [botId, atMs] of givenAtMs) {
        if (clock.monotonicMs() < atMs + PAUSE_MS) break;
        givenAtMs.delete(botId);
      }
    },
    /** It has not ended, or ended in another way. */
    stays: (botId: string) => void leaving.delete(botId),
    /** It has ended. Returns whether that was to give it away. */
    left: (botId: string) => leaving.delete(botId),
  };
}
