import { printable, toError } from "@shoal/kernel";
import { MarketError } from "../../errors.ts";
import type { CcxtSettings } from "./load-exchange.ts";

/** What an error of ccxt means, by the class it descends from, the first that fits; else it is a refusal. @source ccxt/js/src/base/errorHierarchy.js */
const MEANINGS = {
  BadSymbol: { code: "MARKET_SYMBOL_UNKNOWN", retryable: false },
  OperationFailed: { code: "MARKET_EXCHANGE_UNAVAILABLE", retryable: true },
} as const;
const REFUSED = { code: "MARKET_EXCHANGE_REFUSED", retryable: false } as const;

/** Longest message: exchanges answer whole web pages. */
const MAX_CHARACTERS = 300;

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

function classNames(thrown: unknown): string[] {
  const names: string[] = [];
  let prototype: unknown = typeof thrown === "object" && thrown !== null ? Object.getPrototypeOf(thrown) : null;
  while (typeof prototype === "object" && prototype !== null) {
    names.push(prototype.constructor.name);
    prototype = Object.getPrototypeOf(prototype);
  }
  return names;
}

const URL_QUERY = /(https?:\/\/[^\s?"']+)\?[^\s"']*/gi;
const URL_USER = /(\/\/)[^\s/@"']+@/g;
/** Parameters that sign or identify, wherever they stand: in a body, in JSON. */
const SIGNED =
  /\b((?:api_?-?)?(?:signature|sign|key|secret|token|passphrase|password)["']?\s*[=:]\s*["']?)[^\s&"',}]+/gi;

/** Returns the message without queries of URLs, signatures, keys, and these secrets; short, and safe for a terminal. */
export function redact(message: string, secrets: readonly string[]): string {
  let text = message.replace(URL_QUERY, "$1?…").replace(URL_USER, "$1…@").replace(SIGNED, "$1…");
  for (const secret of secrets) text = text.replaceAll(secret, "…");
  const shown = printable(text);
  return shown.length > MAX_CHARACTERS ? `${shown.slice(0, MAX_CHARACTERS)}…` : shown;
}

const SECRET_SETTINGS = [
  "apiKey",
  "secret",
  "password",
  "uid",
  "login",
  "token",
  "privateKey",
  "walletAddress",
  "twofa",
];

function secretsOf(settings: CcxtSettings): string[] {
  return SECRET_SETTINGS.map((name) => settings[name]).filter(
    (value): value is string => typeof value === "string" && value !== "",
  );
}
