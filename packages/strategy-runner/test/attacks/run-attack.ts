import type { GuestEngine } from "../../src/guest/guest-engine.ts";
import type { RunReply } from "../../src/guest/wire.ts";
import { runBody } from "../make-run.ts";
import type { Attack } from "./attack.types.ts";

/** Runs an attack; calls that wait get no answer. */
export function runAttack(guest: GuestEngine, { body, overrides }: Attack, fuel: number): RunReply {
  const source = `const c = ctx.market.candles("BTC/USDT", "5m"); ${body}`;
  return runBody(guest, source, { fuel, ...overrides }, { exchange: () => "stop" });
}

/** A strategy like any other, which must not notice what ran before it. */
export function runCalm(guest: GuestEngine): RunReply {
  const body = `const { close } = ctx.market.candles("BTC/USDT", "5m");
    const rsi = ctx.ta.rsi(close, 14).last;
    ctx.log.info("rsi", rsi, Math.random(), [...close].length, Object.keys(globalThis).length);
    ctx.state.set("runs", ctx.state.get("runs", 0) + 1);
    if (rsi > 0) ctx.orders.place({ symbol: "BTC/USDT", side: "buy", type: "limit", quantity: 0.5, price: close.at(-2) });`;
  return runBody(guest, body, { keepJournal: true, state: { runs: 4 } });
}
