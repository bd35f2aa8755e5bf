import { type Clock, refill, type TokenBucket, take, tokenBucket } from "@shoal/kernel";
import pLimit, { type LimitFunction } from "p-limit";
import { StrategyDeskError } from "./errors.ts";

/** Deploys by one user at once, and after that each minute: each takes a processor core for a third of a second, and may leave 256 kB. */
export const DEPLOY_BURST = 120;
export const DEPLOYS_PER_MINUTE = 20;
/** Deploys that one user has under way. */
const MOST_UNDER_WAY = 10;
/** Above so many remembered users those are forgotten who have their whole burst again. */
const FORGET_ABOVE = 1000;

interface UserState {
  bucket: TokenBucket;
  underWay: number;
  /** Of checks, one at a time: those of one user leave room for everybody else's. */
  readonly turns: LimitFunction;
}

/** Runs a check when the turn of its user has come. */
export type InTurn = <T>(check: () => Promise<T>) => Promise<T>;

/** Bounds what the deploys by one user take from the others. The operator is not bounded. */
export function createDeployLimits(clock: Clock) {
  const users = new Map<string, UserState>();

  const forget = () => {
    if (users.size <= FORGET_ABOVE) return;
    const nowMs = clock.monotonicMs();
    for (const [userId, { bucket, underWay }] of users) {
      if (underWay === 0 && refill(bucket, nowMs).tokens >= DEPLOY_BURST) users.delete(userId);
    }
  };
  const stateOf = (userId: string): UserState => {
    const known = users.get(userId);
    if (known) return known;
    forget();
    const bucket = tokenBucket(DEPLOY_BURST, DEPLOYS_PER_MINUTE / 60, clock.monotonicMs());
    const state = { bucket, underWay: 0, turns: pLimit(1) };
    users.set(userId, state);
    return state;
  };

  /** Runs `work`, one deploy by that user; null is the operator. @throws STRATEGY_TOO_MANY_DEPLOYS */
  return async <T>(userId: string | null, work: (inTurn: InTurn) => Promise<T>): Promise<T> => {
    if (userId === null) return work((check) => check());
    const state = stateOf(userId);
    const taken = take(state.bucket, clock.monotonicMs());
    if (state.underWay >= MOST_UNDER_WAY || !taken.taken) {
      const message = `At most ${DEPLOYS_PER_MINUTE} deploys by one user a minute, and ${MOST_UNDER_WAY} at a time; wait, and try again.`;
      throw new StrategyDeskError("STRATEGY_TOO_MANY_DEPLOYS", message);
    }
    state.bucket = taken.bucket;
    state.underWay += 1;
    try {
      return await work((check) => state.turns(check));
    } finally {
      state.underWay -= 1;
    }
  };
}
