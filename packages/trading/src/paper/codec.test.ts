import { describe, expect, it } from "vitest";
import { bookFromJson, bookToJson, type PaperBookJson } from "./codec.ts";
import { flat, holding, makeBook, placed } from "./paper.test-support.ts";
import { step } from "./step.ts";

const options = { volumeRatio: "0.25", takerFeeRatio: "0.00075" };
const traded = placed(holding("2.5", options), { id: "target", side: "sell", type: "limit", price: "120" }, 2);
const book = placed(step(traded, flat(2, "100.000000000000000001")).book, { id: "entry", quantity: "0.3" }, 3);
const stored = (): PaperBookJson => JSON.parse(JSON.stringify(bookToJson(book)));

describe("a stored book", () => {
  it("is the same book again", () => {
    expect(bookFromJson(stored())).toEqual(book);
    expect(bookFromJson(JSON.parse(JSON.stringify(bookToJson(makeBook()))))).toEqual(makeBook());
  });

  it("has its numbers as text", () => {
    expect(stored()).toMatchObject({
      version: 1,
      settings: { takerFeeRatio: "0.00075", volumeRatio: "0.25" },
      balances: [
        { currency: "USDT", amount: "749.8125" },
        { currency: "BTC", amount: "2.5" },
      ],
      prices: [{ symbol: "BTC/USDT", price: "100.000000000000000001", openMs: 120_000 }],
      orders: [
        { id: "target", isResting: true, openingQuantity: "0" },
        { id: "entry", price: null },
      ],
    });
  });

  it.each<[path: string, spoil: (json: PaperBookJson) => unknown]>([
    ["", () => null],
    ["", () => []],
    ["version", (json) => ({ ...json, version: 2 })],
    ["", (json) => ({ ...json, more: 1 })],
    ["settings.makerFeeRatio", (json) => ({ ...json, settings: { ...json.settings, makerFeeRatio: "-0.1" } })],
    ["settings.maxOpenOrderCount", (json) => ({ ...json, settings: { ...json.settings, maxOpenOrderCount: 0 } })],
    ["instruments", (json) => ({ ...json, instruments: [] })],
    ["instruments", (json) => ({ ...json, instruments: [...json.instruments, ...json.instruments] })],
    ["instruments.0.tick", (json) => ({ ...json, instruments: [{ ...json.instruments[0], tick: "0" }] })],
    ["balances.0.amount", (json) => ({ ...json, balances: [{ currency: "USDT", amount: 1 }] })],
    ["balances.0.amount", (json) => ({ ...json, balances: [{ currency: "USDT", amount: "9".repeat(10_000) }] })],
    ["balances", (json) => ({ ...json, balances: [...json.balances, ...json.balances] })],
    ["positions", (json) => ({ ...json, positions: [{ ...json.positions[0], symbol: "ETH/USDT" }] })],
    ["prices.0.price", (json) => ({ ...json, prices: [{ ...json.prices[0], price: "0" }] })],
    ["prices.0.openMs", (json) => ({ ...json, prices: [{ ...json.prices[0], openMs: 0.5 }] })],
    ["orders", (json) => ({ ...json, orders: [...json.orders, ...json.orders] })],
    ["orders.0", (json) => ({ ...json, orders: [{ ...json.orders[0], price: null }] })],
    ["orders.0", (json) => ({ ...json, orders: [{ ...json.orders[0], openingQuantity: "2" }] })],
    ["orders.0.side", (json) => ({ ...json, orders: [{ ...json.orders[0], side: "hold" }] })],
    ["orders.0.openQuantity", (json) => ({ ...json, orders: [{ ...json.orders[0], openQuantity: "0" }] })],
  ])("is refused at %j", (path, spoil) => {
    expect(() => bookFromJson(spoil(stored()))).toThrow(
      expect.objectContaining({ code: "TRADING_INVALID_BOOK", details: { path } }),
    );
  });
});
