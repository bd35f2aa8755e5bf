import { FleetError, type LogFields } from "@shoal/kernel";
import type { Candles } from "@shoal/market";
import type { RunOutcome, StrategyRunner } from "@shoal/strategy-runner";
import { testRuntime } from "@shoal/testkit";
import { describe, expect, it } from "vitest";
import { codeOf, paperBook } from "../../../test/executor-support.ts";
import type { MarketData } from "./market-data.ts";
import { type ClaimedStrategy, createRunnerOfStrategies } from "./run-strategy.ts";
import type { Sandbox } from "./sandbox.ts";
import { NO_NEWS, type RunSubject } from "./strategy-memory.ts";

const never = new AbortController().signal;

const outcome = (more: Partial<RunOutcome> = {}): RunOutcome => ({
  ...{ result: "ok", intents: [], statePatch: {}, logs: [], notifications: [], fuel: 9, imageHash: "h" },
  ...{ cpuMs: 1, wallMs: 2 },
  ...more,
});
const failed = (code: string) =>
  outcome({ result: "failed", error: { code: code as "STRATEGY_THREW", message: "why" } });

const subject = (more: Partial<RunSubject> = {}): RunSubject => ({
  settings: {
    ...{ intervalMs: 60_000, cron: null, zone: "UTC", venue: "paper", market: "synthetic", config: {} },
    ...{ filter: {}, currency: "USDT" },
  },
  ...{ code: codeOf(""), state: { kept: 1 }, book: paperBook(), settledUntilMs: 0, figures: new Map(), revision: 4 },
  ...{ lastOrderMs: null, nextCandleMs: null, news: NO_NEWS },
  ...more,
});

interface Setup {
  readonly run?: () => Promise<RunOutcome>;
  readonly runner?: () => Promise<StrategyRunner>;
  readonly trouble?: string;
  readonly candles?: () => Promise<Candles[]>;
  readonly hasSecrets?: boolean;
}

function setUp(setup: Setup = {}) {
  const { run = async () => outcome(), runner, trouble, candles = async () => [], hasSecrets = true } = setup;
  const errors: LogFields[] = [];
  const base = testRuntime();
  const runtime = { ...base, log: { ...base.log, error: (fields: LogFields) => void errors.push(fields) } };
  const sandbox: Partial<Sandbox> = {
    runner: runner ?? (async () => ({ run, buildId: "build" }) as unknown as StrategyRunner),
    trouble: () => trouble,
  };
  const market: Partial<MarketData> = { candles, answer: () => async () => null };
  const runners = createRunnerOfStrategies({
    ...{ runtime, market: market as MarketData, sandbox: sandbox as Sandbox },
    ...{ limits: { maxFailures: 10, maxKills: 3 }, hasSecrets },
  });
  return { runners, errors, runtime };
}

const work = (more: Partial<ClaimedStrategy> = {}): ClaimedStrategy => ({
  ...{ id: "0c7b0a7e-35a1-4b3e-8f0c-8a4f6f2f9d10", epoch: 7, ownerId: "o", plannedAtMs: 0, isManual: false },
  ...{ revision: 4, lostClaims: 0, version: 2, codeId: "c", dueForMs: 1, consecutiveFailures: 0, consecutiveKills: 0 },
  ...{ lastExecutionAtMs: null, skippedSinceMs: null, fuelLeft: null, nowMs: 0, claimedAtMs: 0 },
  subject: Promise.resolve(subject()),
  ...more,
});

describe("what comes of a claim", () => {
  it.each<[string, Setup, object]>([
    ["a run that went well", {}, { kind: "run", outcome: "ok", buildId: "build", error: null, notBeforeMs: null }],
    [
      "a run that failed",
      { run: async () => failed("STRATEGY_THREW") },
      { kind: "run", outcome: "failed", error: { code: "STRATEGY_THREW" }, notBeforeMs: expect.any(Number) },
    ],
    ["one that took too long", { run: async () => failed("STRATEGY_TIME_LIMIT") }, { kind: "run", outcome: "killed" }],
    [
      "one whose process was lost",
      { run: async () => failed("STRATEGY_PROCESS_LOST") },
      { kind: "unable", code: "STRATEGY_PROCESS_LOST", message: "why" },
    ],
    [
      "one that was given wrong candles",
      { run: async () => failed("STRATEGY_CANDLES_INVALID") },
      { kind: "unable", code: "STRATEGY_CANDLES_INVALID" },
    ],
    [
      "one for which the market had nothing",
      { candles: () => Promise.reject(new FleetError("MARKET_SYMBOL_UNKNOWN", "no such symbol")) },
      { kind: "unable", code: "MARKET_SYMBOL_UNKNOWN", message: "no such symbol" },
    ],
    [
      "one for which no process can run",
      { trouble: "bun is gone" },
      { kind: "unable", code: "STRATEGY_SANDBOX_UNAVAILABLE", message: expect.stringContaining("bun is gone") },
    ],
    [
      "one that may not run without all walls",
      { runner: () => Promise.reject(new FleetError("STRATEGY_JAIL_INCOMPLETE", "walls are missing")) },
      { kind: "unable", code: "STRATEGY_JAIL_INCOMPLETE", message: "walls are missing" },
    ],
    [
      "one that was about to begin when the daemon ended",
      { run: () => Promise.reject(new FleetError("STRATEGY_RUNNER_CLOSED", "closed")) },
      { kind: "release" },
    ],
  ])("%s", async (_, setup, expected) => {
    const { runners, errors } = setUp(setup);
    expect((await runners.run(work(), never)).settled).toMatchObject({ epoch: 7, ...expected });
    expect(errors).toEqual([]);
  });

  it("at an exchange is put off where its orders could not be sent, because there is no key to open its keys with", async () => {
    const at = (venue: string) => {
      const own = subject();
      return work({ subject: Promise.resolve({ ...own, settings: { ...own.settings, venue } }) });
    };
    const { runners } = setUp({ hasSecrets: false });
    expect((await runners.run(at("kraken"), never)).settled).toMatchObject({
      ...{ kind: "unable", code: "STRATEGY_SECRETS_OFF", message: expect.stringContaining("ENCRYPTION_KEY") },
    });
    expect((await runners.run(at("paper"), never)).settled).toMatchObject({ kind: "run", outcome: "ok" });
    expect((await setUp().runners.run(at("kraken"), never)).settled).toMatchObject({ kind: "run", outcome: "ok" });
  });

  it("an error of the daemon is for its log, and not for the owner", async () => {
    const { runners, errors } = setUp({ candles: () => Promise.reject(new TypeError("x.y is secret")) });
    const { settled } = await runners.run(work(), never);
    expect(settled).toMatchObject({ kind: "unable", code: "STRATEGY_DAEMON_ERROR" });
    expect(JSON.stringify(settled)).not.toContain("secret");
    expect(errors).toMatchObject([{ strategy_id: work().id, error_message: "x.y is secret" }]);
  });

  it("a strategy that cannot be read waits longer and longer, and anew after a run", async () => {
    const { runners } = setUp();
    const unread = () => work({ subject: Promise.reject(new FleetError("STORE_UNAVAILABLE", "away")) });
    const retryOf = async () => {
      const { settled } = await runners.run(unread(), never);
      return settled.kind === "unable" ? settled.retryInMs : 0;
    };
    const waits = [await retryOf(), await retryOf(), await retryOf(), await retryOf()];
    expect(waits.toSorted((left, right) => left - right)).toEqual(waits);
    await runners.run(work(), never);
    expect(await retryOf()).toBeLessThan(waits[2] ?? 0);
  });

  it("is nothing where the run was ended from outside: it rejects with the reason", async () => {
    const own = new AbortController();
    const { runners } = setUp({
      run: () => new Promise((_, reject) => own.signal.addEventListener("abort", () => reject(own.signal.reason))),
    });
    const run = runners.run(work(), own.signal);
    const rejected = expect(run).rejects.toThrow("the lease is lost");
    own.abort(new Error("the lease is lost"));
    await rejected;
  });

  it("begins only when the run before it of the same strategy has ended", async () => {
    const first = Promise.withResolvers<RunOutcome>();
    const begun: number[] = [];
    let count = 0;
    const { runners } = setUp({
      run() {
        count += 1;
        begun.push(count);
        return count === 1 ? first.promise : Promise.resolve(outcome());
      },
    });
    const one = runners.run(work(), never);
    const two = runners.run(work({ epoch: 8 }), never);
    const other = runners.run(work({ id: "0c7b0a7e-35a1-4b3e-8f0c-8a4f6f2f9d11" }), never);
    await other;
    expect(begun).toEqual([1, 2]);
    first.resolve(outcome());
    await Promise.all([one, two]);
    expect(begun).toEqual([1, 2, 3]);
  });

  it("is its own fault where its process is lost each time, and a neighbour's single loss is none", async () => {
    let isLost = true;
    const { runners } = setUp({ run: async () => (isLost ? failed("STRATEGY_PROCESS_LOST") : outcome()) });
    const kindOf = async (id: string) => {
      const { settled } = await runners.run(work({ id, consecutiveKills: 2 }), never);
      return settled.kind === "run" ? `${settled.outcome} ${settled.pause?.status}` : settled.kind;
    };
    const bad: string[] = [];
    for (let times = 0; times < 4; times += 1) bad.push(await kindOf("bad"));
    expect(await kindOf("neighbour")).toBe("unable");
    bad.push(await kindOf("bad"), await kindOf("bad"));
    expect(bad).toEqual(["unable", "unable", "unable", "unable", "killed quarantined", "killed quarantined"]);
    isLost = false;
    expect([await kindOf("bad"), await kindOf("neighbour")]).toEqual(["ok undefined", "ok undefined"]);
    isLost = true;
    expect([await kindOf("bad"), await kindOf("neighbour")]).toEqual(["unable", "unable"]);
  });

  it("waits, if claims of it were lost before, until no other such one runs", async () => {
    const gates = [Promise.withResolvers<RunOutcome>(), Promise.withResolvers<RunOutcome>()];
    let count = 0;
    const { runners } = setUp({
      run() {
        count += 1;
        return gates[count - 1]?.promise ?? Promise.resolve(outcome());
      },
    });
    const suspect = (id: string) => runners.run(work({ id, lostClaims: 1 }), never);
    const all = [suspect("a"), suspect("b"), suspect("c")];
    await new Promise((resolve) => setImmediate(resolve));
    expect(count).toBe(1);
    gates[0]?.resolve(outcome());
    await all[0];
    await new Promise((resolve) => setImmediate(resolve));
    expect(count).toBe(2);
    gates[1]?.resolve(outcome());
    await Promise.all(all);
    expect(count).toBe(3);
  });

  it("is remembered with the revision that the database has then", async () => {
    const { runners } = setUp();
    expect((await runners.run(work(), never)).after?.subject).toMatchObject({ revision: 4, state: { kept: 1 } });
    const changing = setUp({ run: async () => outcome({ statePatch: { kept: null, n: 2 } }) });
    expect((await changing.runners.run(work(), never)).after?.subject).toMatchObject({ revision: 5, state: { n: 2 } });
    const { runners: failing } = setUp({ run: async () => failed("STRATEGY_THREW") });
    expect((await failing.run(work({ consecutiveFailures: 9 }), never)).after).toBeUndefined();
  });
});
