import { type Clock, SECOND_MS, take, tokenBucket } from "@shoal/kernel";
import type { MiddlewareHandler } from "hono";
import { problem, retryAfter } from "./problem.ts";

/** Requests that one such route lets through at once, and after that each minute. */
export const TRIGGER_BURST = 10;
export const TRIGGERS_PER_MINUTE = 30;

/**
 * Limits a route that people trigger by hand, with a bucket of its own. The limit is per process: each replica allows as much.
 */
export function throttle(clock: Clock): MiddlewareHandler {
  let bucket = tokenBucket(TRIGGER_BURST, TRIGGERS_PER_MINUTE / 60, clock.monotonicMs());
  return (context, next) => {
    const taken = take(bucket, clock.monotonicMs());
    bucket = taken.bucket;
    if (taken.taken) return next();
    const detail = `At most ${TRIGGERS_PER_MINUTE} a minute; try again in ${Math.ceil(taken.waitMs / SECOND_MS)} s.`;
    const refusal = { status: 429, code: "HTTP_TOO_MANY", title: "Too many requests", detail } as const;
    return Promise.resolve(problem(context, refusal, retryAfter(taken.waitMs)));
  };
}
