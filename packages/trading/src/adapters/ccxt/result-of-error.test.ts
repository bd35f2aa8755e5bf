import { describe, expect, it } from "vitest";
import { type FailedCall, notAsked, resultOfError } from "./result-of-error.ts";

type ErrorClass = new (message: string) => Error;
const errors: Readonly<Record<string, ErrorClass>> = (
  await import(new URL("./src/base/errors.js", import.meta.resolve("ccxt")).href)
).default;

/** Something was sent, and no status came. */
const SENT: FailedCall = { hasBegun: true, status: null, retryAfterMs: 0 };
const SECRETS = ["s3cret"];
const UNSENT: FailedCall = { ...SENT, hasBegun: false };

/** By class: what it means of an order that was sent, and of one that was not. */
const MEANING: Readonly<Record<string, readonly [sent: string, unsent: string]>> = {
  BaseError: ["unknown", "later"],
  UnsubscribeError: ["unknown", "later"],
  ...rows("TRADING_EXCHANGE_REFUSED", "ExchangeError", "OperationRejected", "NoChange", "MarginModeAlreadySet"),
  ...rows(
    "TRADING_EXCHANGE_REFUSED",
    "InvalidAddress",
    "AddressPending",
    "InvalidProxySettings",
    "ExchangeClosedByUser",
  ),
  ...rows("key-refused", "AuthenticationError", "PermissionDenied", "AccountNotEnabled", "AccountSuspended"),
  ...rows("TRADING_EXCHANGE_INVALID_ORDER", "ArgumentsRequired", "BadRequest", "InvalidOrder", "OrderNotCached"),
  ...rows("TRADING_EXCHANGE_INVALID_ORDER", "OrderImmediatelyFillable", "OrderNotFillable"),
  ...rows("TRADING_EXCHANGE_UNKNOWN_SYMBOL", "BadSymbol"),
  ...rows("TRADING_EXCHANGE_INSUFFICIENT_FUNDS", "InsufficientFunds"),
  ...rows(
    "TRADING_EXCHANGE_CLOSED",
    "MarketClosed",
    "ManualInteractionNeeded",
    "RestrictedLocation",
    "ContractUnavailable",
  ),
  ...rows("TRADING_EXCHANGE_UNSUPPORTED", "NotSupported"),
  ...rows("absent", "OrderNotFound"),
  ...rows("later", "DDoSProtection", "RateLimitExceeded", "OnMaintenance", "InvalidNonce", "ChecksumError"),
  DuplicateOrderId: ["unknown", "later"],
  OperationFailed: ["unknown", "later"],
  NetworkError: ["unknown", "later"],
  ExchangeNotAvailable: ["unknown", "later"],
  RequestTimeout: ["unknown", "later"],
  BadResponse: ["unknown", "later"],
  NullResponse: ["unknown", "later"],
  CancelPending: ["unknown", "later"],
};

function rows(meaning: string, ...names: string[]): Record<string, readonly [string, string]> {
  return Object.fromEntries(names.map((name) => [name, [meaning, meaning]]));
}

function shown(thrown: unknown, call: FailedCall): string {
  const result = resultOfError(thrown, call, SECRETS);
  return result.kind === "rejected" ? result.code : result.kind;
}

describe("an error of ccxt", () => {
  it("has a meaning, whichever class it is", () => {
    expect(Object.keys(errors).toSorted()).toEqual(Object.keys(MEANING).toSorted());
  });

  it.each(Object.entries(MEANING))("%s", (name, [sent, unsent]) => {
    const error = new (errors[name] as ErrorClass)("binance says so");
    expect([shown(error, SENT), shown(error, UNSENT)]).toEqual([sent, unsent]);
  });

  it.each([500, 502, 503, 504, 520])(
    "of status %d says nothing of an order that was sent, whatever its class",
    (status) => {
      for (const name of Object.keys(MEANING)) {
        expect(shown(new (errors[name] as ErrorClass)("x"), { ...SENT, status })).toBe("unknown");
      }
    },
  );

  it.each([
    ["InvalidOrder", "Duplicate order sent."],
    ["InvalidOrder", '{"sCode":"51016","sMsg":"Client order ID already exists."}'],
    ["BadRequest", '{"retCode":10014,"retMsg":"Request is duplicate"}'],
    ["ExchangeError", '{"retCode":10016,"retMsg":"System error. Please try again later."}'],
    ["ExchangeError", '{"error":["EService:Timeout"]}'],
  ])("%s with %j leaves open whether the order is there", (name, message) => {
    expect(shown(new (errors[name] as ErrorClass)(message), SENT)).toBe("unknown");
  });

  it("of a request that came after its own deadline says that nothing was done", () => {
    const error = new (errors["ExchangeError"] as ErrorClass)('{"error":["EOrder:Deadline elapsed"]}');
    expect(shown(error, SENT)).toBe("later");
  });

  it("that takes a refused key for a ban is a refused key", () => {
    const error = new (errors["DDoSProtection"] as ErrorClass)('{"code":-2015}');
    expect([shown(error, { ...SENT, status: 401 }), shown(error, { ...SENT, status: 429 })]).toEqual([
      "key-refused",
      "later",
    ]);
    const late = new (errors["InvalidNonce"] as ErrorClass)("Timestamp request expired");
    expect(shown(late, { ...SENT, status: 401 })).toBe("later");
  });

  it.each([
    new TypeError("x is undefined"),
    new Error("aborted"),
    "text",
    undefined,
    null,
    { a: 1 },
    Object.create(null),
  ])("may also be none: %#", (thrown) => {
    expect([shown(thrown, SENT), shown(thrown, UNSENT)]).toEqual(["unknown", "later"]);
  });

  it("is told without secrets", () => {
    const error = new (errors["NetworkError"] as ErrorClass)("POST https://x.example/order?a=1&signature=cd4b s3cret");
    const told = [
      resultOfError(error, SENT, SECRETS),
      resultOfError(error, UNSENT, SECRETS),
      notAsked(error, UNSENT, SECRETS),
    ];
    expect(JSON.stringify(told)).not.toMatch(/cd4b|s3cret|a=1/);
  });
});
