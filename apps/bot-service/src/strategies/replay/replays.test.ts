import { journalToText } from "@shoal/strategy-runner";
import { createSimulatedClock } from "@shoal/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSandbox, type Sandbox } from "../../cli/backtest/sandbox.ts";
import { STRATEGY_ID } from "../../cli/strategies/fake-daemon.test-support.ts";
import { archive, forged, type Recorded, record } from "../../cli/strategies/recorded-run.test-support.ts";
import { USER_BURST } from "../desk/user-limits.ts";
import { createReplays } from "./replays.ts";
import type { RunInputs } from "./run-inputs.ts";

const RUN_ID = "5a1b4c7d-8e9f-5a1b-8c7d-0a1b2c3d4e5f";
const SOURCE = `import type { Ctx } from "@shoal/strategy";
export const needs = { candles: [{ symbol: "BTC/USDT", timeframe: "1h" as const, count: 50 }] };
export async function run(ctx: Ctx<{ size: number }>) {
  const { close } = ctx.market.candles("BTC/USDT", "1h");
  ctx.log.info("<b>mean</b>", ctx.ta.sma(close, 5).last);
  ctx.state.set("runs", ctx.state.get("runs", 0) + 1);
  ctx.orders.place({ symbol: "BTC/USDT", side: "sell", type: "limit", quantity: ctx.config.size, price: 150 });
}
`;

let sandbox: Sandbox;
let recorded: Recorded;
beforeAll(async () => {
  sandbox = await openSandbox(1);
  recorded = await record(SOURCE, sandbox);
});
afterAll(() => sandbox[Symbol.asyncDispose]());

function makeReplays(inputs: Partial<RunInputs> = {}, runner = async () => sandbox.runner) {
  const clock = createSimulatedClock();
  const asked: unknown[] = [];
  const replay = createReplays({
    ...{ clock, runner },
    async readInputs(runId, given) {
      asked.push([runId, given]);
      const { journal, code } = recorded;
      return {
        runId,
        strategyId: STRATEGY_ID,
        market: "synthetic",
        journal: journalToText(journal),
        code,
        candles: [archive],
        ...inputs,
      };
    },
  });
  return { replay, clock, asked };
}

describe("a replay for who looks at a run", () => {
  it("shows what the run began with, each call with its answer, and what it came to", async () => {
    const { replay, asked } = makeReplays();
    const body = await replay(RUN_ID, { userId: "u" });
    expect(asked).toEqual([[RUN_ID, { userId: "u", needs: [] }]]);
    expect(body).toMatchObject({
      ...{ run_id: RUN_ID, strategy_id: STRATEGY_ID, at: "2026-01-05T12:00:00.000Z" },
      ...{ is_same_build: true, is_equal: true, differences: [], stopped: null, fuel_limit: 150_000_000 },
      before: {
        ...{ config: { size: 2 }, state: { runs: 3 }, open_orders: [] },
        portfolio: { cash: "1000", positions: [{ symbol: "BTC/USDT", quantity: "1", average_price: "100" }] },
      },
      result: {
        ...{ outcome: "ok", error: null, state_patch: { runs: 4 }, logs: [{ level: "info" }] },
        orders: [{ kind: "place", symbol: "BTC/USDT", side: "sell", type: "limit", quantity: "2", price: "150" }],
      },
    });
    expect(body.calls.map(({ number, name, answer }) => [number, name, answer])).toEqual([
      [1, "market.candles", expect.stringMatching(/^50 candles, the newest from 2026-01-05T11:00:00.000Z: close /)],
      [2, "ta.sma", expect.stringMatching(/^50 values, the newest /)],
      [3, "log", "undefined"],
      [4, "state.get", "3"],
      [5, "state.set", "undefined"],
      [6, "orders.place", '"1"'],
    ]);
  });

  it("stops before a call, and has the calls up to there", async () => {
    const body = await makeReplays().replay(RUN_ID, { userId: null, stopAt: 6 });
    expect(body).toMatchObject({
      is_equal: null,
      result: null,
      stopped: { number: 6, name: "orders.place", state: { runs: 4 } },
    });
    expect(body.calls).toHaveLength(5);
    const behind = await makeReplays().replay(RUN_ID, { userId: null, stopAt: 7 });
    expect(behind).toMatchObject({ is_equal: true, stopped: null });
  });

  it("says where it came to something else", async () => {
    const { outcome } = recorded.journal;
    const journal = journalToText(forged(recorded.journal, { outcome: { ...outcome, fuel: outcome.fuel + 1 } }));
    const body = await makeReplays({ journal }).replay(RUN_ID, { userId: null });
    const differences = [{ field: "fuel", recorded: outcome.fuel + 1, replayed: outcome.fuel }];
    expect(body).toMatchObject({ is_equal: false, differences });
  });

  it("compares what another build recorded, of which it knows no calls", async () => {
    const journal = journalToText(forged(recorded.journal, { buildId: "0".repeat(64) }));
    const body = await makeReplays({ journal }).replay(RUN_ID, { userId: null, stopAt: 2 });
    expect(body).toMatchObject({ is_same_build: false, is_equal: true, calls: [], stopped: null });
  });

  it.each<[string, () => Partial<RunInputs>, string]>([
    ["whose journal is not kept", () => ({ journal: null }), "STRATEGY_JOURNAL_GONE"],
    ["whose code is not kept", () => ({ code: null }), "STRATEGY_JOURNAL_GONE"],
    ["whose candles are gone", () => ({ candles: [] }), "STRATEGY_JOURNAL_INPUTS"],
    [
      "whose journal was changed",
      () => ({ journal: `${journalToText(recorded.journal)} ` }),
      "STRATEGY_JOURNAL_CHANGED",
    ],
  ])("refuses a run %s", async (_what, inputs, code) => {
    await expect(makeReplays(inputs()).replay(RUN_ID, { userId: null })).rejects.toMatchObject({ code });
  });

  it("bounds what one user asks for, the operator too", async () => {
    const { replay } = makeReplays({ journal: null });
    for (let count = 0; count < USER_BURST; count += 1) await replay(RUN_ID, { userId: null }).catch(() => {});
    await expect(replay(RUN_ID, { userId: null })).rejects.toMatchObject({ code: "STRATEGY_TOO_MANY_REPLAYS" });
    await expect(replay(RUN_ID, { userId: "u" })).rejects.toMatchObject({ code: "STRATEGY_JOURNAL_GONE" });
  });

  it("does one at a time, and answers who has waited too long for a sandbox that does not answer", async () => {
    const gate = Promise.withResolvers<typeof sandbox.runner>();
    let opened = 0;
    const { replay, clock } = makeReplays({}, () => {
      opened += 1;
      return gate.promise;
    });
    const unavailable = expect.objectContaining({ code: "STRATEGY_REPLAY_UNAVAILABLE", retryable: true });
    const ask = (userId: string) => replay(RUN_ID, { userId }).catch((thrown: unknown) => thrown);
    const held = ["a", "b", "c"].map(ask);
    await clock.advance(21_000);
    expect(await Promise.all(held)).toEqual(Array(3).fill(unavailable));
    expect(clock.pendingTimers).toBe(0);
    const next = ask("d");
    gate.resolve(sandbox.runner);
    expect(await next).toMatchObject({ is_equal: true });
    // Those that nobody waited for any more were not done.
    expect(opened).toBe(2);
  });

  it("lets twenty wait, and no more", async () => {
    const gate = Promise.withResolvers<typeof sandbox.runner>();
    const { replay, clock } = makeReplays({}, () => gate.promise);
    const held = Array.from({ length: 21 }, (_, at) => replay(RUN_ID, { userId: `u${at}` }).catch(() => "late"));
    await clock.advance(1000);
    await expect(replay(RUN_ID, { userId: "one more" })).rejects.toMatchObject({ code: "STRATEGY_REPLAY_UNAVAILABLE" });
    await clock.advance(20_000);
    expect(await Promise.all(held)).toEqual(Array(21).fill("late"));
    gate.resolve(sandbox.runner);
  });

  it("does not take a process that was ended from outside for what the run came to", async () => {
    const runner = {
      ...sandbox.runner,
      execute: async () => ({
        ...{
          result: "failed" as const,
          error: { code: "STRATEGY_PROCESS_LOST" as const, message: "gone" },
          intents: [],
        },
        ...{ statePatch: {}, logs: [], notifications: [], fuel: 0, imageHash: "", turns: [] },
      }),
    };
    const { replay } = makeReplays({}, async () => runner);
    await expect(replay(RUN_ID, { userId: null })).rejects.toMatchObject({ code: "STRATEGY_REPLAY_UNAVAILABLE" });
  });
});
