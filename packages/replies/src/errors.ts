import { FleetError } from "@shoal/kernel";

/** Stable codes: why there is no reply of the model. Whatever the code, the rule engine answers in the same turn. */
export type ReplyErrorCode =
  /** No answer, or no whole sentence, in time. Retryable. */
  | "REPLY_TIMEOUT"
  /** The stream stood still in its middle. Retryable. */
  | "REPLY_STALLED"
  /** An answer that is no stream of chunks: a page of HTML with status 200, a chunk that cannot be read. Retryable. */
  | "REPLY_MALFORMED"
  /** The answer ended without a whole sentence. Retryable. */
  | "REPLY_EMPTY"
  /** More bytes, or one longer sentence, than a reply may have. Retryable. */
  | "REPLY_FLOOD"
  /** 429: the endpoint asks to wait, which holds the requests of all conversations. Retryable. */
  | "REPLY_LIMITED"
  /** 5xx, a refused connection, or one that was cut. Retryable. */
  | "REPLY_UNAVAILABLE"
  /** 401, 403, 404, another 4xx, or a redirect: the configuration is wrong. Not retryable. */
  | "REPLY_REFUSED"
  /** Not asked: the breaker is open, all places are taken, or the source is closed. Retryable. */
  | "REPLY_HELD"
  /** Not asked: it would pass a limit of the budget, `details.scope` says which, or the budget could not be asked (`away`). Retryable. */
  | "REPLY_BUDGET"
  /** The first sentence may not be said; `details.problem` says why. Retryable. */
  | "REPLY_UNSAYABLE";

export interface ReplyErrorDetails {
  /** Status of the endpoint's answer. */
  readonly status?: number;
  /** How long the endpoint asks to wait. */
  readonly retryAfterMs?: number;
  /** Which limit of the budget. */
  readonly scope?: string;
  /** What the guard has against the sentence. */
  readonly problem?: string;
  /** False: the endpoint has got nothing of the request. */
  readonly wasReached?: boolean;
  /** In plain words, without anything that somebody wrote. */
  readonly reason?: string;
}

/** A fault before the first sentence. Its message and details hold no text of a person or of the model, no key and no address. */
export class ReplyError extends FleetError {
  declare readonly code: ReplyErrorCode;
  declare readonly details: ReplyErrorDetails & Readonly<Record<string, unknown>>;

  constructor(code: ReplyErrorCode, details: ReplyErrorDetails = {}) {
    super(code, MESSAGES[code], { retryable: code !== "REPLY_REFUSED", details: { ...details } });
  }
}

const MESSAGES: Readonly<Record<ReplyErrorCode, string>> = {
  REPLY_TIMEOUT: "the language model sent no whole sentence in time",
  REPLY_STALLED: "the language model's answer stood still",
  REPLY_MALFORMED: "the language model's endpoint answered with something that is no stream of chunks",
  REPLY_EMPTY: "the language model's answer has no whole sentence",
  REPLY_FLOOD: "the language model's answer is longer than a reply may be",
  REPLY_LIMITED: "the language model's endpoint asks to wait",
  REPLY_UNAVAILABLE: "the language model's endpoint does not answer",
  REPLY_REFUSED: "the language model's endpoint refuses the request",
  REPLY_HELD: "the language model is not asked now",
  REPLY_BUDGET: "the language model is not asked, because the budget has no room for it",
  REPLY_UNSAYABLE: "the language model's sentence may not be said",
};

/** All of them. */
export const REPLY_CODES = Object.keys(MESSAGES) as readonly ReplyErrorCode[];
