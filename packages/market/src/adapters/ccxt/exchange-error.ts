import { toError } from "@shoal/kernel";
import { MarketError } from "../../errors.ts";
import { classNames } from "./class-names.ts";
import type { CcxtSettings } from "./load-exchange.ts";
import { redact, secretsOf } from "./redact.ts";

/** What an error of ccxt means, by the class it descends from, the first that fits; else it is a refusal. @source ccxt/js/src/base/errorHierarchy.js */
const MEANINGS = {
  BadSymbol: { code: "MARKET_SYMBOL_UNKNOWN", retryable: false },
  OperationFailed: { code: "MARKET_EXCHANGE_UNAVAILABLE", retryable: true },
} as const;
const REFUSED = { code: "MARKET_EXCHANGE_REFUSED", retryable: false } as const;

/**
 * Turns what ccxt throws into a `MarketError`. Its messages hold the whole request, signature and key included, and so does its stack:
 * the message is cleaned, and the error itself is not handed on as the cause.
 */
export function toMarketError(thrown: unknown, exchangeId: string, settings: CcxtSettings): MarketError {
  if (thrown instanceof MarketError) return thrown;
  const ancestors = classNames(thrown);
  const known = Object.entries(MEANINGS).find(([ancestor]) => ancestors.includes(ancestor));
  const { code, retryable } = known?.[1] ?? REFUSED;
  const message = `exchange ${exchangeId}: ${redact(toError(thrown).message, secretsOf(settings))}`;
  return new MarketError(code, message, { retryable, details: { exchangeId, kind: ancestors[0] } });
}
