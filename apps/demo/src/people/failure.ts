/** Why a channel is not joined, in the words of the daemon's own error classes. */
export interface Failure {
  readonly errorClass: string;
  /** The server answered the join with no. */
  readonly isRefusal: boolean;
}

const CLASSES: readonly (readonly [pattern: RegExp, errorClass: string])[] = [
  [/heartbeat timeout|timed out/i, "timeout"],
  [/RateLimitReached|too many|status code: 429/i, "rate"],
  [/Unauthorized|permission/i, "permission"],
  [/jwt|token|api key|status code: 40[13]/i, "auth"],
  [/socket closed: 1006|transport failure|connection lost|failed to connect/i, "network"],
  [/socket closed|restarting|closed by the server/i, "server"],
];

/** What a status other than `SUBSCRIBED` means, from what the library tells along with it. */
export function failureOf(status: string, error: Error | undefined): Failure {
  if (status === "TIMED_OUT") return { errorClass: "timeout", isRefusal: false };
  // The server closes a channel after a system message; without our own leave it is never a good sign.
  const text = status === "CLOSED" ? "closed by the server" : `${error?.message ?? ""} ${causeText(error?.cause)}`;
  const errorClass = CLASSES.find(([pattern]) => pattern.test(text))?.[1] ?? "unknown";
  // Only an answer has the reply for a cause; a transport's failure has an event or nothing.
  const isAnswer = typeof error?.cause === "object" && error.cause !== null && "reason" in error.cause;
  const isTransport = /^(socket closed|channel error|heartbeat)/.test(error?.message ?? "");
  return { errorClass, isRefusal: isAnswer && !isTransport };
}

function causeText(cause: unknown): string {
  if (typeof cause !== "object" || cause === null || !("message" in cause)) return "";
  return typeof cause.message === "string" ? cause.message : "";
}
