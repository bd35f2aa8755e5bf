import { createSystemRuntime, silentLog } from "@shoal/kernel";
import { testRuntime } from "@shoal/testkit";
import { describe, expect, it, onTestFinished } from "vitest";
import { makeCandles, makeMessage, NOW_MS } from "../test/make-run.ts";
import { createStrategyRunner } from "./adapters/create-strategy-runner.ts";
import type { RunRequest } from "./run.types.ts";
import { assembleStrategyRunner, requireJail } from "./strategy-runner.ts";
import { FakeChildren } from "./supervisor/fake-children.test-support.ts";
import type { JailReport } from "./supervisor/jail.types.ts";

const JAIL: JailReport = {
  walls: [
    { name: "network", holds: true },
    { name: "other-user", holds: false, why: "setresuid failed: Operation not permitted" },
  ],
};

function requestOf(body: string, overrides: Partial<RunRequest> = {}): RunRequest {
  return {
    strategyId: "s-1",
    code: {
      javascript: `export async function run(ctx) { ${body} }`,
      sha256: "0".repeat(64),
      fileName: "strategy.js",
      needs: { candles: [{ symbol: "BTC/USDT", timeframe: "5m", count: 50 }] },
      config: {},
    },
    ...{ config: {}, state: {}, nowMs: NOW_MS, seed: "seed" },
    // Candles that a run was given before, in whichever test, are kept by a child.
    candles: [makeCandles()],
    ...{ portfolio: { currency: "USDT", cash: "1", equity: "1", positions: [] }, openOrders: [] },
    ...overrides,
  };
}

function assemble() {
  const children = new FakeChildren();
  const { spawn, readProcess } = children;
  const limits = { fuel: 1000, wallMs: 3000, cpuMs: 3000, memoryBytes: 100_000_000 };
  const parts = { runtime: testRuntime(), childCount: 1, limits, buildId: "build", jail: JAIL, spawn, readProcess };
  return { children, runner: assembleStrategyRunner(parts) };
}

const OK = {
  result: "ok",
  intents: [],
  statePatch: {},
  logs: [],
  notifications: [],
  fuel: 5,
  imageHash: "",
  turns: [],
};

describe("a strategy runner", () => {
  it("gives a run to a child, with its fuel, and what the child says to the caller", async () => {
    const { children, runner } = assemble();
    const outcome = runner.run(requestOf("return 1;"));
    children.at(0).ready();
    const source = { kind: "keep", source: expect.stringContaining("return 1;") };
    expect(children.at(0).sent[0]).toMatchObject(source);
    expect(children.at(0).sent[1]).not.toHaveProperty("request.javascript");
    expect(children.at(0).sent[1]).toMatchObject({ kind: "run", request: { entry: "run", fuel: 1000 } });
    children.at(0).done(OK);
    expect(await outcome).toMatchObject({ result: "ok", fuel: 5, cpuMs: 2, wallMs: 0 });
  });

  it("refuses a request that no run can be made of, without a child", async () => {
    const { children, runner } = assemble();
    const outcome = await runner.run(requestOf("", { candles: [] }));
    expect(outcome).toMatchObject({ result: "failed", error: { code: "STRATEGY_CANDLES_MISSING" }, fuel: 0 });
    expect(children.at(0).sent).toEqual([]);
  });

  it.each([
    ["no outcome", { ...OK, result: "fine" }],
    ["more than a run may do", { ...OK, notifications: Array(1000).fill("x") }],
    [
      "a failure that places orders",
      {
        ...OK,
        result: "failed",
        error: { code: "STRATEGY_THREW", message: "x" },
        intents: [{ kind: "cancel", orderId: "1" }],
      },
    ],
  ])("fails the run, and ends the child, for %s", async (_, said) => {
    const { children, runner } = assemble();
    const outcome = runner.run(requestOf(""));
    const message = runner.execute(makeMessage("export function run() {}"), []);
    children.at(0).ready().done(said);
    expect(await outcome).toMatchObject({ result: "failed", error: { code: "STRATEGY_ANSWER_INVALID" }, intents: [] });
    await Promise.resolve();
    children.at(1).ready().done(said);
    expect(await message).toMatchObject({ result: "failed", error: { code: "STRATEGY_ANSWER_INVALID" }, turns: [] });
  });

  it("says in its health which walls are missing, and why", () => {
    const { runner } = assemble();
    expect(runner.jail).toBe(JAIL);
    expect(runner.health()).toMatchObject({ jail: JAIL, isOk: true, queuedCount: 0 });
  });

  it("can be told to need all walls", () => {
    expect(() => requireJail({ walls: JAIL.walls.filter(({ holds }) => holds) })).not.toThrow();
    expect(() => requireJail(JAIL)).toThrow(
      expect.objectContaining({ code: "STRATEGY_JAIL_INCOMPLETE", details: { missing: ["other-user"] } }),
    );
  });

  it("runs a strategy in a real child, with its walls or a line in the log for each that is missing", async () => {
    const lines: unknown[] = [];
    const log = { ...silentLog, warn: (fields: object) => void lines.push(fields) };
    const runner = await createStrategyRunner({
      runtime: createSystemRuntime(log),
      childCount: 1,
      limits: { wallMs: 60_000 },
    });
    onTestFinished(() => runner.close(0));
    const run = () =>
      runner.run(requestOf('ctx.log.info(ctx.market.candles("BTC/USDT", "5m").close.length, ctx.now);'));
    const [first, second] = [await run(), await run()];
    expect(first).toMatchObject({ result: "ok", logs: [{ level: "info", text: `50 ${NOW_MS}` }] });
    expect(second?.fuel).toBe(first?.fuel);
    const missing = runner.jail.walls.filter(({ holds }) => !holds);
    expect(lines).toEqual(missing.length === 0 ? [] : [{ missing: expect.arrayContaining([expect.any(String)]) }]);
    expect(runner.jail.walls.map(({ name }) => name)).toContain("measured");
  });
});
