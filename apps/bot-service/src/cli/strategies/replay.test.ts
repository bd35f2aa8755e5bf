import { sliceCandles } from "@shoal/market";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSandbox, type Sandbox } from "../backtest/sandbox.ts";
import { fakeDaemon, RUN_ID, STRATEGY_ID } from "./fake-daemon.test-support.ts";
import { archive, forged, inputsOf, type Recorded, record } from "./recorded-run.test-support.ts";
import { runWords } from "./strategies.test-support.ts";

const SOURCE = `import type { Ctx } from "@shoal/strategy";
export const needs = { candles: [{ symbol: "BTC/USDT", timeframe: "1h" as const, count: 50 }] };
export const config = { size: 1 };
export async function run(ctx: Ctx<typeof config>) {
  const { close } = ctx.market.candles("BTC/USDT", "1h");
  ctx.log.info("\\u001b[2Jmean", ctx.ta.sma(close, 5).last);
  ctx.state.set("runs", ctx.state.get("runs", 0) + 1);
  ctx.orders.place({ symbol: "BTC/USDT", side: "sell", type: "limit", quantity: ctx.config.size, price: 150 });
  ctx.notify("sold");
}
`;

let sandbox: Sandbox;
let recorded: Recorded;
beforeAll(async () => {
  sandbox = await openSandbox(1);
  recorded = await record(SOURCE, sandbox);
});
afterAll(() => sandbox[Symbol.asyncDispose]());

function replay(inputs: unknown, ...words: string[]) {
  const { daemon } = fakeDaemon({ [`GET /strategies/runs/${RUN_ID}/inputs`]: inputs });
  const openShared = async () => ({ ...sandbox, [Symbol.asyncDispose]: async () => {} });
  return runWords(["replay", RUN_ID, ...words], { daemon, openSandbox: openShared });
}

describe("replay", () => {
  it("shows that a run done again is equal", async () => {
    const { text, json, exitCode } = await replay(inputsOf(RUN_ID, recorded));
    expect(text).toContain(`run ${RUN_ID} at 2026-01-05 12:00: equal, down to the fuel and each byte of memory\n`);
    expect(text).toMatch(/^ {2}orders +sell 2 BTC\/USDT limit 150$/m);
    expect(text).toMatch(/^ {2}state +runs = 4$/m);
    expect(text).toMatch(/^ {2}memory +[0-9a-f]{64}$/m);
    expect(text.replaceAll("\n", "")).not.toMatch(/\p{C}/u);
    expect(json).toMatchObject({ run_id: RUN_ID, strategy_id: STRATEGY_ID, is_equal: true, is_same_build: true });
    expect(exitCode).toBe(0);
  });

  it("shows what differs, and ends with 1", async () => {
    const { outcome } = recorded.journal;
    const journal = forged(recorded.journal, {
      outcome: { ...outcome, fuel: outcome.fuel + 1, statePatch: { runs: 5 } },
    });
    const { text, json, exitCode } = await replay(inputsOf(RUN_ID, { ...recorded, journal }));
    expect(text).toContain(": not equal: 2 of its parts differ\n");
    expect(text).toContain('  statePatch    recorded {"runs":5}\n                replayed {"runs":4}\n');
    expect(json.differences.map(({ field }: { field: string }) => field)).toEqual(["statePatch", "fuel"]);
    expect(exitCode).toBe(1);
  });

  it.each([
    [1, "market.candles", "runs = 3"],
    [4, "state.get", "runs = 3"],
    [6, "orders.place", "runs = 4"],
  ])("stopped before call %i shows ctx there", async (call, name, state) => {
    const { text, json, exitCode } = await replay(inputsOf(RUN_ID, recorded), "--stop-at", `${call}`);
    expect(text).toContain(`\nstopped before call ${call} of ctx: ${name}(`);
    expect(text).toContain(`\n  ctx.now       1767614400000 (2026-01-05T12:00:00.000Z)\n  ctx.config    size = 2\n`);
    expect(text).toContain(
      "\n  ctx.portfolio cash 1000, equity 1100 USDT\n                1 BTC/USDT at 100 on average\n",
    );
    expect(text).toContain(`\n  ctx.orders    none\n  ctx.state     ${state}\n`);
    expect(json.stopped.call).toMatchObject({ number: call, name });
    expect(exitCode).toBe(0);
  });

  it("that is to stop behind the last call goes to the end, and says so", async () => {
    const { text } = await replay(inputsOf(RUN_ID, recorded), "--stop-at", "99");
    expect(text).toContain("it makes fewer than 99 calls of ctx: it was done to its end");
    expect(text).toContain(": equal, down to the fuel");
  });

  it("of another build's run compares what can be compared", async () => {
    const buildId = "0".repeat(64);
    const journal = forged(recorded.journal, { buildId });
    const equal = await replay(inputsOf(RUN_ID, { ...recorded, journal }), "--stop-at", "1");
    expect(equal.text).toContain("result, orders, state, log and notifications are equal; engine build 000000000000");
    expect(equal.text).toContain("it can be stopped only by the version of Shoal that recorded it");
    expect(equal.text).not.toMatch(/^ {2}(fuel|memory)/m);
    expect(equal.json).toMatchObject({ is_equal: true, is_same_build: false });
    const outcome = { ...recorded.journal.outcome, fuel: 1, imageHash: "f".repeat(64), notifications: ["bought"] };
    const other = await replay(inputsOf(RUN_ID, { ...recorded, journal: forged(journal, { outcome }) }));
    expect(other.json.differences).toEqual([{ field: "notifications", recorded: ["bought"], replayed: ["sold"] }]);
    expect(other.exitCode).toBe(1);
  });

  it("names candles that were revised, and those that are gone", async () => {
    const close = archive.close.map((value, at) => (at === 60 ? value + 1e-9 : value));
    for (const [candles, words] of [
      [
        [{ ...archive, close }],
        /BTC\/USDT 1h until 2026-01-05 11:00: at least one of the 50 candles of the run was revised/,
      ],
      [
        [sliceCandles(archive, 70)],
        /BTC\/USDT 1h until 2026-01-05 11:00: 30 of the 50 candles of the run are in the archive/,
      ],
      [[], /: 0 of the 50 candles/],
    ] as const) {
      await expect(replay(inputsOf(RUN_ID, recorded, candles))).rejects.toMatchObject({
        code: "STRATEGY_JOURNAL_INPUTS",
        message: expect.stringMatching(words),
      });
    }
  });

  it("is refused where nothing is kept, and where something was changed", async () => {
    const inputs = inputsOf(RUN_ID, recorded);
    await expect(replay({ ...inputs, journal: null, candles: [] })).rejects.toMatchObject({ code: "CLI_JOURNAL_GONE" });
    await expect(replay({ ...inputs, code: null })).rejects.toMatchObject({ code: "CLI_JOURNAL_GONE" });
    const journal = inputs.journal.replace('"runs":3', '"runs":4');
    await expect(replay({ ...inputs, journal })).rejects.toMatchObject({ code: "STRATEGY_JOURNAL_CHANGED" });
  });
});
