import type { Evidence } from "../../classify.ts";

/** The last thing the server said that may explain what it does next. */
export interface Words {
  readonly text: string;
  readonly atMs: number;
}

/** Words explain a close only if they came right before it. @source REALTIME.md 2.4 */
const EXPLAINS_MS = 1000;
/** Closed for a refused join, and closed for a restart or by an operator. @source REALTIME.md 2.3 */
const EXPLAINED_CODES: readonly unknown[] = [1001, 1012];

/** What the words said, if they are fresh enough to be the reason. */
export function explain(words: Words | null, nowMs: number): string {
  return words && nowMs - words.atMs <= EXPLAINS_MS ? words.text : "";
}

/** Bun tells the status of a refused handshake in words only; Node does not tell it. @source REALTIME.md 3.3, trap 8 */
export function closeEvidence(event: unknown, wasOpen: boolean, lastError: string, explanation: string): Evidence {
  const code = field(event, "code");
  const reason = field(event, "reason");
  const status = /status code:? (\d{3})/.exec(lastError)?.[1];
  const own = typeof reason === "string" ? reason : "";
  const words = [own, EXPLAINED_CODES.includes(code) ? explanation : "", lastError].filter((text) => text !== "");
  return {
    where: wasOpen ? "close" : "handshake",
    text: withoutAddress(words.join("; ")) || (wasOpen ? "socket closed" : "handshake failed"),
    ...(typeof code === "number" ? { closeCode: code } : {}),
    ...(status === undefined || wasOpen ? {} : { httpStatus: Number(status) }),
  };
}

/** The runtimes quote the address they could not open, and the key is part of it. */
export function withoutAddress(text: string): string {
  return text.replace(/['"]?\b(wss?|https?):\/\/\S*/gi, "the server");
}

/** What an error event says. */
export function describeEvent(event: unknown): string {
  const message = field(event, "message");
  return typeof message === "string" ? message : "";
}

/** Whether it is the whole socket that failed: that is told once, by the socket. */
export function isTransportError(error: Error | undefined): boolean {
  if (!error) return false;
  return /^(socket closed:|heartbeat timeout)/.test(error.message) || error.cause instanceof Event;
}

/** A refused join explains itself in the message; a crashed channel in its cause, or not at all. */
export function describeError(error: Error | undefined): string {
  if (!error) return "channel error";
  if (!error.message.startsWith("channel error:")) return error.message;
  const reason = field(error.cause, "reason");
  return typeof reason === "string" && reason !== "" ? reason : "channel_crash";
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
