import { describe, expect, it } from "vitest";
import { formatDecimal } from "./decimal.ts";
import { createInstrument, type InstrumentText } from "./instrument.ts";

const bitcoin: InstrumentText = {
  symbol: "BTC/USDT",
  base: "BTC",
  quote: "USDT",
  tick: "0.01",
  lot: "0.00001",
  smallestNotional: "5",
};

describe("an instrument", () => {
  it("is made of decimal texts; its least quantity is a lot unless said", () => {
    const made = createInstrument(bitcoin);
    expect(made).toMatchObject({ symbol: "BTC/USDT", base: "BTC", quote: "USDT" });
    expect(formatDecimal(made.smallestQuantity)).toBe("0.00001");
    expect(formatDecimal(createInstrument({ ...bitcoin, smallestQuantity: "0.001" }).smallestQuantity)).toBe("0.001");
  });

  it.each<[field: keyof InstrumentText, value: unknown]>([
    ["symbol", ""],
    ["symbol", "BTC USDT"],
    ["symbol", "BTC\0USDT"],
    ["symbol", "BTC\u202eUSDT"],
    ["symbol", "BTC\ud800"],
    ["symbol", "B".repeat(65)],
    ["symbol", 7],
    ["base", "\u001b[2J"],
    ["quote", "BTC"],
    ["quote", undefined],
    ["tick", "0"],
    ["tick", "-0.01"],
    ["tick", "NaN"],
    ["tick", 0.01],
    ["tick", `0.${"0".repeat(18)}1`],
    ["lot", "0"],
    ["lot", "1e19"],
    ["smallestNotional", "-5"],
    ["smallestNotional", "five"],
    ["smallestQuantity", "0"],
    ["smallestQuantity", "0.000001"],
  ])("is refused when its %s is %j", (field, value) => {
    const make = () => createInstrument({ ...bitcoin, [field]: value });
    expect(make).toThrow(expect.objectContaining({ code: "TRADING_INVALID_INSTRUMENT", details: { field } }));
  });
});
