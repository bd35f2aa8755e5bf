import { FleetError } from "@shoal/kernel";
import { classify } from "./classify.ts";
import type { PushReply } from "./driver.ts";
import type { ErrorClass } from "./types.ts";

/** Every code this package throws. Match on these, never on a message. */
export type PoolErrorCode =
  | "POOL_BAD_OPTIONS"
  | "POOL_BAD_TOPIC"
  | "POOL_CAPACITY_EXHAUSTED"
  | "POOL_JOIN_REFUSED"
  | "POOL_CLOSED"
  | "POOL_NOT_JOINED"
  | "POOL_SEND_FAILED"
  | "POOL_SEND_THROTTLED"
  | "POOL_NOTICE_FAILED"
  | "POOL_TOKEN_UNAVAILABLE";

/** An error of this package. `code` is stable; `details` holds ids and the error class. */
export class PoolError extends FleetError {
  declare readonly code: PoolErrorCode;

  constructor(code: PoolErrorCode, message: string, options: ConstructorParameters<typeof FleetError>[2] = {}) {
    super(code, message, options);
  }
}

export const badOptions = (problems: readonly string[]) =>
  new PoolError("POOL_BAD_OPTIONS", `the options of the pool are not valid: ${problems.join("; ")}`, {
    details: { problems },
  });

export const badTopic = (topic: string, why: string) =>
  new PoolError("POOL_BAD_TOPIC", `the topic cannot be joined: ${why}; give a topic of 1 to 246 bytes`, {
    details: { topic: topic.slice(0, 80) },
  });

export const capacityExhausted = (topic: string, capacity: number, waiting: number) =>
  new PoolError(
    "POOL_CAPACITY_EXHAUSTED",
    `no slot for ${topic}: ${capacity} slots and ${waiting} waiting places are taken; release a channel or raise maxSockets`,
    { retryable: true, details: { topic, capacity, waiting } },
  );

export const joinRefused = (topic: string, failure: { errorClass: ErrorClass; reason: string; retryable: boolean }) =>
  new PoolError("POOL_JOIN_REFUSED", `${topic} was not joined (${failure.errorClass}): ${failure.reason}`, {
    retryable: failure.retryable,
    details: { topic, errorClass: failure.errorClass, reason: failure.reason },
  });

export const poolClosed = (topic?: string) =>
  new PoolError("POOL_CLOSED", "the pool is draining and takes no new channels; make a new pool", {
    details: topic === undefined ? {} : { topic },
  });

export const notJoined = (topic: string, isFinal: boolean) =>
  new PoolError(
    "POOL_NOT_JOINED",
    isFinal
      ? `${topic} was released or has failed; acquire it again`
      : `${topic} is not joined now; wait for its recovered event`,
    { retryable: !isFinal, details: { topic } },
  );

export const sendFailed = (topic: string, reason: string, retryable: boolean, cause?: unknown) =>
  new PoolError("POOL_SEND_FAILED", `a push to ${topic} failed: ${reason}`, {
    retryable,
    details: { topic, reason },
    ...(cause === undefined ? {} : { cause }),
  });

/** The error of a push that was answered in this way; `ended`: it could not be made at all. */
export function pushFailed(
  topic: string,
  reply: { readonly kind: PushReply["kind"] | "ended"; readonly text?: string },
  isFinal: boolean,
): PoolError {
  if (reply.kind === "gone" || reply.kind === "ended") return notJoined(topic, isFinal);
  if (reply.kind === "timeout") return sendFailed(topic, "no answer in time", true);
  const failure = classify({ where: "push", text: reply.text ?? "refused" });
  return sendFailed(topic, failure.reason, failure.retry !== "never");
}

export const sendThrottled = (topic: string, waitedMs: number) =>
  new PoolError(
    "POOL_SEND_THROTTLED",
    `a message to ${topic} was not sent: the project's limit of events did not allow it within ${Math.round(waitedMs)} ms; send less or later`,
    { retryable: true, details: { topic, waitedMs } },
  );

export const noticeFailed = (topic: string, failure: { errorClass: ErrorClass; reason: string; retryable: boolean }) =>
  new PoolError("POOL_NOTICE_FAILED", `the notice to ${topic} failed (${failure.errorClass}): ${failure.reason}`, {
    retryable: failure.retryable,
    details: { topic, errorClass: failure.errorClass, reason: failure.reason },
  });

/** `failure-table.ts` recognizes the failure by the word `AccessTokenUnavailable`. */
export const tokenUnavailable = (limitMs: number) =>
  new PoolError(
    "POOL_TOKEN_UNAVAILABLE",
    `AccessTokenUnavailable: accessToken gave no token that a join can use within ${limitMs} ms`,
    {
      retryable: true,
      details: { limitMs },
    },
  );
