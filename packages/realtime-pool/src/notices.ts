import type { Failure } from "./classify.ts";
import type { Payload } from "./types.ts";

/** How a notice ended: the server has it, or what stood in the way after the last try. */
export type NoticeOutcome = { readonly kind: "sent" } | { readonly kind: "failed"; readonly failure: Failure };

/** What an HTTP answer says of the project's events, everybody's. The only place where the server says it. @source REALTIME.md 1 */
export interface RateAnswer {
  /** The limit is reached: whatever is delivered now closes the channel it is delivered to. */
  readonly isOver: boolean;
  /** Events per second in the server's window, and the limit. Null where no header told. */
  readonly reading: { readonly rolling: number; readonly limit: number } | null;
}

/** Sends one broadcast over HTTP. */
export interface NoticeSender {
  /** `onRate` hears what each answer on the way says of the project's events. */
  send(topic: string, event: string, payload: Payload, onRate: (answer: RateAnswer) => void): Promise<NoticeOutcome>;
  /** Asks how the project's events stand, with a broadcast nobody hears. Null when HTTP does not tell. Never rejects. */
  probe(): Promise<RateAnswer | null>;
  /** Waits for what is on its way, at most `limitMs`, then gives the rest up. Idempotent. */
  close(limitMs: number): Promise<void>;
}
