import { HOUR_MS, toError } from "@shoal/kernel";
import { classNames, redact } from "@shoal/market/ccxt";
import type { RejectionCode, Unanswered } from "../../exchange/exchange.types.ts";

/** What is known of the request that failed. */
export interface FailedCall {
  /** Something was sent. */
  readonly hasBegun: boolean;
  /** Of the last answer; null if none came. */
  readonly status: number | null;
  readonly retryAfterMs: number;
}

type Meaning = "unknown" | "later" | "key-refused" | "absent" | RejectionCode;

/** What an error of ccxt says of an order, by the nearest of its classes. @source ccxt/js/src/base/errorHierarchy.js */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  AuthenticationError: "key-refused",
  InsufficientFunds: "TRADING_EXCHANGE_INSUFFICIENT_FUNDS",
  BadSymbol: "TRADING_EXCHANGE_UNKNOWN_SYMBOL",
  BadRequest: "TRADING_EXCHANGE_INVALID_ORDER",
  ArgumentsRequired: "TRADING_EXCHANGE_INVALID_ORDER",
  InvalidOrder: "TRADING_EXCHANGE_INVALID_ORDER",
  OrderNotFound: "absent",
  // It has an order of this id: which is what was to be found out.
  DuplicateOrderId: "unknown",
  ContractUnavailable: "TRADING_EXCHANGE_CLOSED",
  MarketClosed: "TRADING_EXCHANGE_CLOSED",
  ManualInteractionNeeded: "TRADING_EXCHANGE_CLOSED",
  RestrictedLocation: "TRADING_EXCHANGE_CLOSED",
  NotSupported: "TRADING_EXCHANGE_UNSUPPORTED",
  ExchangeError: "TRADING_EXCHANGE_REFUSED",
  RateLimitExceeded: "later",
  DDoSProtection: "later",
  OnMaintenance: "later",
  // Also a request that came too late: it was not taken.
  InvalidNonce: "later",
  OperationFailed: "unknown",
};

/** Exchanges answer these with a code that ccxt does not know, or with one for everything. */
const DUPLICATE = /duplicat|already exist/i;
const UNSURE = /system error|internal error|unknown error|time(d )?\s?out|try again/i;
const TOO_OLD = /deadline elapsed/i;

/** A ban may be for days; an exchange that says so by mistake is asked again all the same. */
const MAX_RETRY_AFTER_MS = HOUR_MS;

export type CallFailure =
  | Unanswered
  | { readonly kind: "absent" }
  | { readonly kind: "rejected"; readonly code: RejectionCode; readonly message: string };

/** Says what an error means, and never more than is certain: what may have been done is `unknown`. */
export function resultOfError(thrown: unknown, call: FailedCall, secrets: readonly string[]): CallFailure {
  const text = toError(thrown).message;
  const names = classNames(thrown);
  // What is no error of ccxt is one of a program that met an answer it did not expect.
  const words = call.status !== null && !names.includes("BaseError") ? `the answer cannot be read: ${text}` : text;
  const message = redact(words, secrets);
  const meaning = meaningOf(names, text, call);
  if (meaning === "absent") return { kind: "absent" };
  if (meaning === "unknown" || meaning === "key-refused") return { kind: meaning, message };
  return meaning === "later" ? notAsked(thrown, call, secrets) : { kind: "rejected", code: meaning, message };
}

/** For what went wrong before anything was asked. */
export function notAsked(thrown: unknown, { retryAfterMs }: FailedCall, secrets: readonly string[]): Unanswered {
  const message = redact(toError(thrown).message, secrets);
  return { kind: "later", retryAfterMs: Math.min(retryAfterMs, MAX_RETRY_AFTER_MS), message };
}

function meaningOf(names: readonly string[], text: string, { hasBegun, status }: FailedCall): Meaning {
  const named = names.map((name) => MEANINGS[name]).find((meaning) => meaning !== undefined) ?? "unknown";
  if (!hasBegun) return named === "unknown" ? "later" : named;
  if (TOO_OLD.test(text)) return "later";
  // A server that fails may have done it before, whatever its text says.
  if (status !== null && status >= 500) return "unknown";
  // ccxt takes Binance's "invalid key" for a ban once the key has been good.
  if (named === "later" && status === 401 && !names.includes("InvalidNonce")) return "key-refused";
  if (named === "TRADING_EXCHANGE_INVALID_ORDER" || named === "TRADING_EXCHANGE_REFUSED") {
    if (DUPLICATE.test(text)) return "unknown";
    if (names[0] === "ExchangeError" && UNSURE.test(text)) return "unknown";
  }
  return named;
}
