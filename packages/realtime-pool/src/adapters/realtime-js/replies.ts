import type { Clock, Timer } from "@shoal/kernel";
import type { PushReply } from "../../driver.ts";

interface Pending {
  readonly topic: string;
  readonly timer: Timer;
  settle(reply: PushReply): void;
}

/**
 * Pushes of ours that await the server's reply. The library's own pushes hold a 10 s timer and a binding each, also
 * for broadcasts nobody will answer, and forget their callers when a channel is torn down.
 */
export class Replies {
  readonly #clock: Clock;
  readonly #pending = new Map<string, Pending>();
  #sent = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A ref of our own; the library's are plain numbers, so the two never meet. */
  nextRef(): string {
    this.#sent += 1;
    return `p${this.#sent}`;
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

  /** Offers a frame; only replies to pushes of ours matter. */
  offer(frame: unknown): void {
    if (typeof frame !== "object" || frame === null) return;
    if (!("event" in frame) || frame.event !== "phx_reply" || !("ref" in frame) || typeof frame.ref !== "string")
      return;
    const pending = this.#pending.get(frame.ref);
    if (!pending) return;
    pending.settle(readReply("payload" in frame ? frame.payload : null));
  }

  /** The channel is over: whoever waits for it hears so. */
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
