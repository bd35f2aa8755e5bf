import { invariant } from "@shoal/kernel";
import { createCandles } from "@shoal/market";
import { loadEngineModule } from "../src/adapters/engine-module.ts";
import { readGlueSource } from "../src/adapters/guest-source.ts";
import { createEngine } from "../src/engine/engine.ts";
import { createGuestEngine, type GuestEngine } from "../src/guest/guest-engine.ts";
import { type RunPorts, runInEngine } from "../src/guest/run.ts";
import type { RunMessage, RunReply } from "../src/guest/wire.ts";
import { readRunReply } from "../src/parent/run-reply.ts";
import type { Sandbox } from "../src/parent/sandbox.types.ts";

const engineModule = loadEngineModule();
const module = new WebAssembly.Module(engineModule.bytes as Uint8Array<ArrayBuffer>);

/** Makes an engine with the glue, as a child has one. */
export function makeGuest(options: { readonly memoryLimitBytes?: number } = {}): GuestEngine {
  return createGuestEngine(createEngine({ module, buildId: engineModule.buildId, ...options }), readGlueSource());
}

export const NOW_MS = Date.UTC(2026, 0, 2);
const CANDLE_COUNT = 100;

/** A hundred candles of five minutes that end at `NOW_MS`, with prices that go up and down. */
export function makeCandles() {
  const column = (value: (index: number) => number) =>
    Float64Array.from({ length: CANDLE_COUNT }, (_, at) => value(at));
  const close = (at: number) => 100 + 10 * Math.sin(at / 7) + (at % 5);
  return createCandles(
    { symbol: "BTC/USDT", timeframe: "5m" },
    {
      openMs: column((at) => NOW_MS - (CANDLE_COUNT - at) * 300_000),
      open: column((at) => close(at) - 1),
      high: column((at) => close(at) + 2),
      low: column((at) => close(at) - 3),
      close: column(close),
      volume: column((at) => 5 + (at % 3)),
    },
  );
}

export const candles = makeCandles();

/** Columns of `candles` in the order in which they cross. */
export const columns = [candles.openMs, candles.open, candles.high, candles.low, candles.close, candles.volume];

export function makeMessage(javascript: string, overrides: Partial<RunMessage> = {}): RunMessage {
  return {
    entry: "run",
    javascript,
    fileName: "strategy.js",
    fuel: 100_000_000,
    config: {},
    state: {},
    nowMs: NOW_MS,
    seed: "seed",
    markets: [{ symbol: "BTC/USDT", timeframe: "5m" }],
    portfolio: { currency: "USDT", cash: "1000", equity: "1000", positions: [] },
    openOrders: [],
    canAsk: false,
    keepJournal: false,
    ...overrides,
  };
}

export const noPorts: RunPorts = {
  exchange() {
    throw new Error("this run asks nobody");
  },
};

/** Runs the body of a strategy's `run`. */
export function runBody(
  guest: GuestEngine,
  body: string,
  overrides: Partial<RunMessage> = {},
  ports = noPorts,
): RunReply {
  return runInEngine(guest, makeMessage(`export async function run(ctx) { ${body} }`, overrides), columns, ports);
}

/** An engine of this process as a sandbox: messages and replies cross as JSON, as they do between processes. */
export function makeSandbox(guest: GuestEngine): Sandbox {
  return {
    buildId: guest.buildId,
    async execute(message, given) {
      const reply = runInEngine(guest, JSON.parse(JSON.stringify(message)) as typeof message, given, noPorts);
      const read = readRunReply(JSON.parse(JSON.stringify(reply)));
      invariant(read !== undefined, "the parent takes what the child answers");
      return read;
    },
  };
}
