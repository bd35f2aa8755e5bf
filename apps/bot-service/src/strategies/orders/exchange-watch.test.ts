import { createEmitter } from "@shoal/kernel";
import { createSimulatedClock } from "@shoal/testkit";
import { expect, it } from "vitest";
import type { OrderEvents } from "./events.ts";
import { watchExchanges } from "./exchange-watch.ts";

function makeWatch() {
  const clock = createSimulatedClock();
  const events = createEmitter<OrderEvents>();
  const { trouble } = watchExchanges(events, clock);
  const fail = (venue: string, code: string, retryInMs: number) =>
    events.emit("order:failed", { orderId: "o", venue, code, retryInMs });
  return { clock, events, trouble, fail };
}

it("tells of each exchange that does not answer, until it does", () => {
  const { events, trouble, fail } = makeWatch();
  expect(trouble()).toBeUndefined();
  fail("kraken", "TRADING_EXCHANGE_SILENT", 500);
  fail("binance", "TRADING_EXCHANGE_LATER", 500);
  expect(trouble()).toBe("kraken: TRADING_EXCHANGE_SILENT, binance: TRADING_EXCHANGE_LATER");
  events.emit("exchange:answered", { venue: "kraken" });
  expect(trouble()).toBe("binance: TRADING_EXCHANGE_LATER");
});

it("forgets an exchange that nobody asks any more, and none that is to be asked again later", async () => {
  const { clock, trouble, fail } = makeWatch();
  fail("kraken", "TRADING_EXCHANGE_LATER", 3_600_000);
  fail("kraken", "TRADING_EXCHANGE_SILENT", 500);
  fail("binance", "STRATEGY_SECRET_KEY_MISSING", 30_000);
  await clock.advance(80_000);
  expect(trouble()).toContain("binance");
  await clock.advance(20_000);
  expect(trouble()).toBe("kraken: TRADING_EXCHANGE_SILENT");
  await clock.advance(3_600_000);
  expect(trouble()).toBeUndefined();
});

it("tells of no exchange where our own database did not answer", () => {
  const { trouble, fail } = makeWatch();
  fail("kraken", "STORE_UNAVAILABLE", 500);
  expect(trouble()).toBeUndefined();
});
