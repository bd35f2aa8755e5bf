import type { Failure } from "./classify.ts";
import type { Payload } from "./types.ts";

/** How a notice ended: the server has it, or what stood in the way after the last try. */
export type NoticeOutcome = { readonly kind: "sent" } | { readonly kind: "failed"; readonly failure: Failure };

/** What an HTTP answer says of the project's events, everybody's. */
export interface EventsAnswer {
  /** The limit is reached, or it is not; null where the answer does not tell. */
  readonly isOver: boolean | null;
  /** The plan's limit per second; null where no header told. */
  readonly limitPerSecond: number | null;
}

export type OnEventsAnswer = (answer: EventsAnswer) => void;

/** Sends one broadcast over HTTP. */
export interface NoticeSender {
  /** `onAnswer` hears what each answer on the way says of the project's events. */
  send(topic: string, event: string, payload: Payload, onAnswer: OnEventsAnswer): Promise<NoticeOutcome>;
  /** Asks how the project's events stand, with a broadcast nobody hears. Never rejects. */
  probe(): Promise<EventsAnswer>;
  /** Waits for what is on its way, at most `limitMs`, then gives the rest up. Idempotent. */
  close(limitMs: number): Promise<void>;
}
