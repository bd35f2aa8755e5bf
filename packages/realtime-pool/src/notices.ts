import type { Failure } from "./classify.ts";
import type { Payload } from "./types.ts";

/** How a notice ended: the server has it, or the failure of the last try. */
export type NoticeOutcome = { readonly kind: "sent" } | { readonly kind: "failed"; readonly failure: Failure };

/** What an HTTP answer says of the events of the whole project. */
export interface EventsAnswer {
  /** Whether the limit is reached; null where the answer does not tell. */
  readonly isOver: boolean | null;
  /** The plan's limit per second; null where no header tells. */
  readonly limitPerSecond: number | null;
}

export type OnEventsAnswer = (answer: EventsAnswer) => void;

/** Sends one broadcast over HTTP. */
export interface NoticeSender {
  /** `onAnswer` gets what each answer on the way says of the project's events. */
  send(topic: string, event: string, payload: Payload, onAnswer: OnEventsAnswer): Promise<NoticeOutcome>;
  /** Asks whether the project is over its events limit, by a broadcast to a topic without listeners. Never rejects. */
  probe(): Promise<EventsAnswer>;
  /** Waits for notices on their way, at most `limitMs`, then gives up the rest. Idempotent. */
  close(limitMs: number): Promise<void>;
}
