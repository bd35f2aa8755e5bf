import { type Clock, refill, type TokenBucket, take, tokenBucket } from "@shoal/kernel";
import pLimit, { type LimitFunction } from "p-limit";
import { StrategyDeskError, type StrategyDeskErrorCode } from "./errors.ts";

/** Deploys by one user at once, and after that each minute: each takes a processor core for a third of a second, and may leave 256 kB. */
export const USER_BURST = 120;
export const USER_PER_MINUTE = 20;
/** Of what one user has under way. */
const MOST_UNDER_WAY = 10;
/** Above so many remembered users those are forgotten who have their whole burst again. */
const FORGET_ABOVE = 1000;

interface UserState {
  bucket: TokenBucket;
  underWay: number;
  /** One at a time: what one user wants leaves room for everybody else's. */
  readonly turns: LimitFunction;
}

/** Does something when the turn of its user has come. */
export type InTurn = <T>(work: () => Promise<T>) => Promise<T>;

/** What is bounded, and the code of the refusal. `what` is a word such as `deploys`. */
export interface UserLimitOptions {
  readonly clock: Clock;
  readonly what: string;
  readonly code: StrategyDeskErrorCode;
}

/** Bounds what one user takes from the others. */
export function createUserLimits({ clock, what, code }: UserLimitOptions) {
  const users = new Map<string, UserState>();

  const forget = () => {
    if (users.size <= FORGET_ABOVE) return;
    const nowMs = clock.monotonicMs();
    for (const [userId, { bucket, underWay }] of users) {
      if (underWay === 0 && refill(bucket, nowMs).tokens >= USER_BURST) users.delete(userId);
    }
  };
  const stateOf = (userId: string): UserState => {
    const known = users.get(userId);
    if (known) return known;
    forget();
    const bucket = tokenBucket(USER_BURST, USER_PER_MINUTE / 60, clock.monotonicMs());
    const state = { bucket, underWay: 0, turns: pLimit(1) };
    users.set(userId, state);
    return state;
  };

  /** Does `work` for that user; null is somebody who is not bounded. @throws `code` */
  return async <T>(userId: string | null, work: (inTurn: InTurn) => Promise<T>): Promise<T> => {
    if (userId === null) return work((act) => act());
    const state = stateOf(userId);
    const taken = take(state.bucket, clock.monotonicMs());
    if (state.underWay >= MOST_UNDER_WAY || !taken.taken) {
      const message = `At most ${USER_PER_MINUTE} ${what} by one user a minute, and ${MOST_UNDER_WAY} at a time; wait, and try again.`;
      throw new StrategyDeskError(code, message);
    }
    state.bucket = taken.bucket;
    state.underWay += 1;
    try {
      return await work((act) => state.turns(act));
    } finally {
      state.underWay -= 1;
    }
  };
}
