import { describe, expect, it } from "vitest";
import { decimal, formatDecimal } from "../../decimal.ts";
import type { CcxtMarket, CcxtOrder, CcxtTrade } from "./ccxt.types.ts";
import { balancesOfCcxt, instrumentOfCcxt, orderOfCcxt } from "./order-of-ccxt.ts";

const ORDER: CcxtOrder = { id: "28", clientOrderId: "a", status: "open", filled: "0", amount: "10", timestamp: 5 };
const TRADE: CcxtTrade = {
  id: "1",
  price: "100",
  amount: "4",
  timestamp: 7,
  takerOrMaker: "maker",
  fee: { cost: "0.1", currency: "BNB" },
};
const of = { clientId: "a", quote: "USDT" };

const shown = (order: CcxtOrder, trades: readonly CcxtTrade[] = []) => {
  const read = orderOfCcxt(order, trades, of);
  return read && `${read.state} ${formatDecimal(read.filledQuantity)} in ${read.fills.length}`;
};

describe("an order of ccxt", () => {
  it.each<[string, CcxtOrder, readonly CcxtTrade[], string | null]>([
    ["open", ORDER, [], "open 0 in 0"],
    ["being cancelled", { ...ORDER, status: "canceling" }, [], "open 0 in 0"],
    ["filled", { ...ORDER, status: "closed", filled: "10" }, [{ ...TRADE, amount: "10" }], "filled 10 in 1"],
    ["closed with less than was asked", { ...ORDER, status: "closed", filled: "4" }, [TRADE], "cancelled 4 in 1"],
    ["cancelled", { ...ORDER, status: "canceled", filled: "4" }, [TRADE], "cancelled 4 in 1"],
    ["expired", { ...ORDER, status: "expired" }, [], "expired 0 in 0"],
    ["rejected", { ...ORDER, status: "rejected" }, [], "rejected 0 in 0"],
    ["with nothing but an id, as some answer a send", { id: "28" }, [], "open 0 in 0"],
    ["traded since it was read", ORDER, [TRADE], "open 4 in 1"],
    ["with a trade told twice", { ...ORDER, filled: "4" }, [TRADE, TRADE], "open 4 in 1"],
    ["counted before its trades", { ...ORDER, filled: "9" }, [TRADE], "open 9 in 1"],
    ["of another client id", { ...ORDER, clientOrderId: "b" }, [], null],
    ["without an id", { ...ORDER, id: undefined }, [], null],
    ["with an id that is none", { ...ORDER, id: "x".repeat(200) }, [], null],
    ["of an unknown state", { ...ORDER, status: "sleeping" }, [], null],
    ["with no number", { ...ORDER, filled: "many" }, [], null],
    ["with less than nothing", { ...ORDER, filled: "-1" }, [], null],
    ["with a double, which may not be exact", { ...ORDER, filled: 4 }, [], null],
    ["with a trade without an id", ORDER, [{ ...TRADE, id: undefined }], null],
    ["with a trade of nothing", ORDER, [{ ...TRADE, amount: "0" }], null],
    ["with a trade for nothing", ORDER, [{ ...TRADE, price: "0" }], null],
    ["with a fee that is no number", ORDER, [{ ...TRADE, fee: { cost: "much" } }], null],
  ])("%s", (_, order, trades, expected) => {
    expect(shown(order, trades)).toBe(expected);
  });

  it("has trades with fee, currency, liquidity and time, as far as they are told", () => {
    const fills = orderOfCcxt(ORDER, [TRADE, { id: "2", price: "1", amount: "1" }], of)?.fills;
    const bare = { id: "2", price: decimal("1"), quantity: decimal("1"), fee: decimal("0") };
    expect(fills).toEqual([
      {
        id: "1",
        price: decimal("100"),
        quantity: decimal("4"),
        fee: decimal("0.1"),
        feeCurrency: "BNB",
        liquidity: "maker",
        atMs: 7,
      },
      { ...bare, feeCurrency: "USDT", liquidity: "taker", atMs: 5 },
    ]);
  });
});

const MARKET: CcxtMarket = {
  ...{ base: "BTC", quote: "USDT", spot: true, active: true, precision: { price: "0.01", amount: "0.001" } },
  limits: { cost: { min: "5" }, amount: { min: "0.002" } },
};

describe("a market of ccxt", () => {
  it("is an instrument", () => {
    expect(instrumentOfCcxt("BTC/USDT", MARKET)).toEqual({
      ...{ symbol: "BTC/USDT", base: "BTC", quote: "USDT", tick: "0.01", lot: "0.001" },
      ...{ smallestNotional: "5", smallestQuantity: "0.002" },
    });
    const unlimited = instrumentOfCcxt("BTC/USDT", { ...MARKET, limits: { amount: { min: "0.0001" } } });
    expect(unlimited).toMatchObject({ smallestNotional: "0", smallestQuantity: "0.001" });
  });

  it.each<[string, CcxtMarket | undefined]>([
    ["unknown", undefined],
    ["a future", { ...MARKET, spot: false }],
    ["halted", { ...MARKET, active: false }],
    ["without a tick", { ...MARKET, precision: { amount: "0.001" } }],
    ["with a tick of 0", { ...MARKET, precision: { price: "0", amount: "0.001" } }],
    ["without a currency", { ...MARKET, quote: undefined }],
    ["of one currency", { ...MARKET, quote: "BTC" }],
  ])("is none that can be traded when it is %s", (_, market) => {
    expect(instrumentOfCcxt("BTC/USDT", market)).toBeNull();
  });
});

it("balances that are no numbers are left out", () => {
  expect([...balancesOfCcxt({ BTC: "1.5", X: "much", Y: undefined })]).toEqual([["BTC", decimal("1.5")]]);
  expect(balancesOfCcxt(undefined).size).toBe(0);
});
