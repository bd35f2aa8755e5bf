import type { Failure } from "./classify.ts";
import type { Payload } from "./types.ts";

/** How a notice ended: the server has it, or what stood in the way after the last try. */
export type NoticeOutcome = { readonly kind: "sent" } | { readonly kind: "failed"; readonly failure: Failure };

/** Sends one broadcast over HTTP. */
export interface NoticeSender {
  send(topic: string, event: string, payload: Payload): Promise<NoticeOutcome>;
  /** Waits for what is on its way, at most `limitMs`, then gives the rest up. Idempotent. */
  close(limitMs: number): Promise<void>;
}
