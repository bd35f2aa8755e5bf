import { TIMEFRAMES } from "@shoal/market";
import { z } from "zod";
import { replayBody } from "../strategies/replay/replay-body.ts";
import type { Replay } from "../strategies/replay/replays.ts";
import { NEEDS_PATTERN, needsFromText, type ReadRunInputs } from "../strategies/replay/run-inputs.ts";
import { uuid } from "../uuid.ts";
import { anyJson } from "./job-bodies.ts";
import { omitUndefined } from "./omit-undefined.ts";
import { queryNumber } from "./query-number.ts";
import { type Route, route } from "./route.ts";
import { askerOf } from "./strategies.ts";

const numbers = z.array(z.number());
const market = z.object({ symbol: z.string(), timeframe: z.enum(TIMEFRAMES) });
const candles = market.extend({
  ...{ openMs: numbers, open: numbers, high: numbers, low: numbers, close: numbers, volume: numbers },
});
const code = z.object({
  ...{ javascript: z.string(), sha256: z.string(), fileName: z.string() },
  needs: z.object({ candles: z.array(market.extend({ count: z.int() })) }),
  config: z.record(z.string(), anyJson),
});

/** What a kept run had: for doing it again elsewhere. */
export const runInputsBody = z.object({
  run_id: uuid,
  strategy_id: uuid,
  market: z.string(),
  journal: z.string().nullable().describe("Text that a changed byte makes unusable; null once it is no longer kept"),
  code: code.nullable().describe("What ran, checked; null: no version has it any more"),
  candles: z
    .array(candles)
    .describe("From the archive, oldest first: those that the run had, as far as they are there"),
});

export interface ReplayPort {
  readonly readInputs: ReadRunInputs;
  readonly replay: Replay;
}

/** `/strategies/runs/:id/…`: a kept run done again, and what that takes. */
export function strategyReplayRoutes({ readInputs, replay }: ReplayPort): Route[] {
  return [
    route({
      method: "get",
      path: "/strategies/runs/:id/replay",
      summary: "Do a kept run again, by its journal, and show its calls of `ctx`",
      access: "person",
      id: { of: "run", schema: uuid },
      query: z.strictObject({
        stop_at: queryNumber(z.int().min(1).max(1_000_000_000))
          .optional()
          .describe("Stop before this call, counted from 1"),
      }),
      answers: { 200: replayBody },
      answer: async (context, { id, query: { stop_at: stopAt } }) =>
        context.json(await replay(id, { ...askerOf(context), ...omitUndefined({ stopAt }) })),
    }),
    route({
      method: "get",
      path: "/strategies/runs/:id/inputs",
      summary: "What a kept run had: journal, code and candles, for doing it again",
      access: "person",
      id: { of: "run", schema: uuid },
      query: z.strictObject({
        needs: z
          .string()
          .regex(NEEDS_PATTERN, "must be series such as BTC/USDT 5m 200, with commas between")
          .optional()
          .describe("Further candles of that time, for other code: BTC/USDT 5m 200,ETH/USDT 1h 50"),
      }),
      answers: { 200: runInputsBody },
      async answer(context, { id, query: { needs = "" } }) {
        const found = await readInputs(id, { ...askerOf(context), needs: needsFromText(needs) });
        return context.json({
          ...{ run_id: found.runId, strategy_id: found.strategyId, market: found.market },
          ...{ journal: found.journal, code: found.code },
          candles: found.candles.map(({ symbol, timeframe, openMs, open, high, low, close, volume }) => ({
            ...{ symbol, timeframe, openMs: [...openMs], open: [...open], high: [...high] },
            ...{ low: [...low], close: [...close], volume: [...volume] },
          })),
        });
      },
    }),
  ];
}
