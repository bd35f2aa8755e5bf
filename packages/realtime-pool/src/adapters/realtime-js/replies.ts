import type { Clock, Timer } from "@shoal/kernel";
import type { PushReply } from "../../driver.ts";

interface Pending {
  readonly topic: string;
  readonly timer: Timer;
  settle(reply: PushReply): void;
}

/** The library's own refs are plain numbers. */
const PREFIX = "p";

/**
 * Pushes of ours that await the server's reply. The library's own pushes hold a 10 s timer and a binding each, also for
 * broadcasts without a receipt, and forget their callers when a channel is torn down.
 */
export class Replies {
  readonly #clock: Clock;
  readonly #pending = new Map<string, Pending>();
  #sent = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A ref that the library never makes. */
  nextRef(): string {
    this.#sent += 1;
    return `${PREFIX}${this.#sent}`;
  }

  await(ref: string, topic: string, limitMs: number): Promise<PushReply> {
    return new Promise((resolve) => {
      const settle = (reply: PushReply) => {
        timer.cancel();
        this.#pending.delete(ref);
        resolve(reply);
      };
      const timer = this.#clock.after(limitMs, () => settle({ kind: "timeout" }));
      this.#pending.set(ref, { topic, timer, settle });
    });
  }

  /** Offers a reply; true if it was to a push of ours, awaited or not. */
  offer(ref: unknown, payload: unknown): boolean {
    if (typeof ref !== "string" || !ref.startsWith(PREFIX)) return false;
    this.#pending.get(ref)?.settle(readReply(payload));
    return true;
  }

  /** Settles all pushes of a channel that is over, or of all, as gone. */
  abandon(topic?: string): void {
    for (const pending of [...this.#pending.values()]) {
      if (topic === undefined || pending.topic === topic) pending.settle({ kind: "gone" });
    }
  }
}

/** `{status, response}`; a refusal explains itself in `response.reason`, or in any other field. @source REALTIME.md 1 */
function readReply(payload: unknown): PushReply {
  if (typeof payload !== "object" || payload === null || !("status" in payload)) {
    return { kind: "refused", text: "malformed reply" };
  }
  if (payload.status === "ok") return { kind: "ok" };
  const response = "response" in payload ? payload.response : null;
  if (typeof response === "object" && response !== null) {
    return { kind: "refused", text: Object.values(response).map(String).join(", ") || "refused" };
  }
  return { kind: "refused", text: String(response ?? "refused") };
}
