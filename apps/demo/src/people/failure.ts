/** Why a channel is not joined, by the names of the pool's error classes. */
export interface Failure {
  readonly errorClass: string;
  /** The server refused the join. */
  readonly isRefusal: boolean;
}

const CLASSES: readonly (readonly [pattern: RegExp, errorClass: string])[] = [
  [/heartbeat timeout|timed out/i, "timeout"],
  [/RateLimitReached|too many|status code: 429/i, "rate"],
  [/Unauthorized|permission/i, "permission"],
  [/jwt|token|api key|status code: 40[13]/i, "auth"],
  [
    /socket closed: 1006|transport failure|connection lost|failed to connect|unable to connect|fetch failed/i,
    "network",
  ],
  [/socket closed|restarting|closed by the server/i, "server"],
];

/** Classifies a status other than `SUBSCRIBED` by the error that the library gives with it. */
export function failureOf(status: string, error: Error | undefined): Failure {
  if (status === "TIMED_OUT") return { errorClass: "timeout", isRefusal: false };
  // The server closes a channel after a system message; without our own leave it is never a good sign.
  const text = status === "CLOSED" ? "closed by the server" : `${error?.message ?? ""} ${causeText(error?.cause)}`;
  const errorClass = CLASSES.find(([pattern]) => pattern.test(text))?.[1] ?? "unknown";
  // The cause of a refusal is the server's reply; of a transport's failure, an event or nothing.
  const isAnswer = typeof error?.cause === "object" && error.cause !== null && "reason" in error.cause;
  const isTransport = /^(socket closed|channel error|heartbeat)/.test(error?.message ?? "");
  return { errorClass, isRefusal: isAnswer && !isTransport };
}

function causeText(cause: unknown): string {
  if (typeof cause !== "object" || cause === null || !("message" in cause)) return "";
  return typeof cause.message === "string" ? cause.message : "";
}
